import pytest

from motion_transfer.pose import OPENPOSE_137 as SKELETON


def test_openpose_has_137_joints_of_different_names():
    assert len(SKELETON) == len(set(SKELETON.joints)) == 137


def test_the_parts_cover_all_joints_without_overlap():
    parts = (SKELETON.body, SKELETON.face, SKELETON.left_hand, SKELETON.right_hand)
    covered = [joint for part in parts for joint in SKELETON.joints[part]]
    assert covered == list(SKELETON.joints)
    assert [len(SKELETON.joints[part]) for part in parts] == [25, 70, 21, 21]


def test_body_25_stands_where_openpose_puts_it():
    places = {"nose": 0, "neck": 1, "right_wrist": 4, "mid_hip": 8, "left_ankle": 14, "left_ear": 18, "right_heel": 24}
    assert {joint: SKELETON.index(joint) for joint in places} == places


@pytest.mark.parametrize(
    ("bones", "part", "root"),
    [
        (SKELETON.body_bones, SKELETON.body, "neck"),
        (SKELETON.left_hand_bones, SKELETON.left_hand, "left_hand_wrist"),
        (SKELETON.right_hand_bones, SKELETON.right_hand, "right_hand_wrist"),
    ],
)
def test_bones_form_a_tree_that_reaches_every_joint_of_a_part(bones, part, root):
    reached = {SKELETON.index(root)}
    for start, end in bones:
        assert start in reached
        assert end not in reached
        reached.add(end)
    assert reached == set(range(part.start, part.stop))


def test_left_mirrors_right():
    names = [(SKELETON.joints[a], SKELETON.joints[b]) for a, b in SKELETON.body_bones]
    mirror = {"left": "right", "right": "left"}
    swapped = {tuple("_".join(mirror.get(word, word) for word in joint.split("_")) for joint in bone) for bone in names}
    assert swapped == set(names)


def test_an_unknown_joint_is_named():
    with pytest.raises(KeyError, match="tail"):
        SKELETON.index("tail")
