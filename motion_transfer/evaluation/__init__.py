"""Evaluation: how good is a result?"""

from motion_transfer.evaluation.heldout import Similarity, nearest_poses, person_similarity

__all__ = ["Similarity", "nearest_poses", "person_similarity"]
