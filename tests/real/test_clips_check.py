"""The footage check on real clips: it must say what somebody who films would say."""

import pytest

from motion_transfer.footage_check.check import check_footage


@pytest.mark.parametrize(
    ("clip", "about"),
    [
        ("awkward/A01_two_dancers.mp4", "people"),
        ("awkward/A04_partial_body_greenscreen.mp4", "framing"),
        ("awkward/A16_no_detectable_person.mp4", "person"),
    ],
)
@pytest.mark.filterwarnings("ignore:there are several people")
def test_footage_without_hope_is_stopped_for_the_right_reason(clips, clip, about):
    check = check_footage(clips / clip)
    assert check.grade == "unusable"
    assert [finding.about for finding in check.findings if finding.grade == "stop"] == [about]


def test_a_short_clip_of_one_person_is_usable(clips):
    check = check_footage(clips / "targets/T4_ubc_fashion_91-3003CN5S.mp4")
    assert check.grade == "usable"
    warned = {finding.about for finding in check.findings if finding.grade == "warn"}
    assert {"length", "turning", "arms"} <= warned
    assert not {"camera", "framing", "people", "sharpness", "light"} & warned
    assert check.plates.images[0][:1000].min() > 235, "a wide dress leaves nothing on the wall"
