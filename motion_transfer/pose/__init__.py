"""Poses: detection, tracking, cleaning, normalisation to another person, drawing, files."""

from motion_transfer.pose.cleaning.clean import clean_poses as clean_poses
from motion_transfer.pose.cleaning.live import LiveFilter as LiveFilter
from motion_transfer.pose.detection.detection import Detection as Detection
from motion_transfer.pose.drawing.draw import draw_frame as draw_frame
from motion_transfer.pose.drawing.draw import draw_pose as draw_pose
from motion_transfer.pose.drawing.draw import draw_poses as draw_poses
from motion_transfer.pose.estimation.estimate import estimate_people as estimate_people
from motion_transfer.pose.estimation.estimate import estimate_poses as estimate_poses
from motion_transfer.pose.formats.pose_files import check_fit as check_fit
from motion_transfer.pose.formats.pose_files import load_poses as load_poses
from motion_transfer.pose.formats.pose_files import save_poses as save_poses
from motion_transfer.pose.geometry.orientation import body_orientation as body_orientation
from motion_transfer.pose.normalisation.body import BodyStats as BodyStats
from motion_transfer.pose.normalisation.body import measure_body as measure_body
from motion_transfer.pose.normalisation.normalise import normalise_people as normalise_people
from motion_transfer.pose.normalisation.normalise import normalise_poses as normalise_poses
from motion_transfer.pose.normalisation.sides import keep_to_shown_sides as keep_to_shown_sides
from motion_transfer.pose.sequence import PoseSequence as PoseSequence
from motion_transfer.pose.sequence import empty as empty
from motion_transfer.pose.skeleton import OPENPOSE_137 as OPENPOSE_137
from motion_transfer.pose.tracking.selection import LARGEST as LARGEST
