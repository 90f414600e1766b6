"""The report, opened in a browser that sees the network as broken."""

import shutil
import subprocess
from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation.report import write_evaluation
from motion_transfer.evaluation.result import Evaluation

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
SIZE = (96, 128)
VIDEOS = {"result": (0.5, 0.9), "background alone": (0.2, 0.4), "truth": (0, 1)}
METRICS = ("person_perceptual", "person_sharpness", "pose_body", "person_flicker", "person_psnr", "missed_body")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: install it, to open the report in a browser")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report on 30 frames of noise, with all that it can hold."""
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8) for _ in range(30)]
    series = {video: {name: rng.uniform(*span, 30) for name in METRICS} for video, span in VIDEOS.items()}
    series["truth, mirrored"] = {"pose_body": rng.uniform(0, 0.1, 30)}
    found = Evaluation("paired", 30, Fraction(25), SIZE, series, {}, ["a note with <angles> & ampersands"])
    write_evaluation(found, folder, frames, frames)
    return folder / "report.html"


def browse(report, *words):
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={report.parent / 'profile'}"]
    return subprocess.run(
        [CHROMIUM, *flags, *words, report.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )


def test_it_shows_everything_without_a_network(report):
    text = browse(report, "--dump-dom", "--enable-logging=stderr", "--virtual-time-budget=4000")
    assert "Uncaught" not in text.stderr
    assert "ERR_" not in text.stderr
    page = text.stdout
    assert page.count("data:image/svg+xml") == 5
    assert page.count("data:image/jpeg") == 3
    assert "a note with &lt;angles&gt; &amp; ampersands" in page
    assert "times as far as the truth itself" in page
    assert page.index("<h2>Metrics</h2>") < page.index("perceptual distance <") < page.index("<h2>For comparison</h2>")
    assert page.index("<h2>For comparison</h2>") < page.index("person PSNR <")


def test_it_is_rendered(report):
    picture = report.with_suffix(".png")
    browse(report, f"--screenshot={picture}", "--window-size=1100,2400")
    image = cv2.imread(str(picture))
    assert image.shape == (2400, 1100, 3)
    assert image.std() > 20  # not an empty page
    assert (image[:, -8:] == image[0, -1]).all()  # nothing reaches over the right edge
