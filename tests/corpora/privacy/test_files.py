import os
import stat
import sys

import pytest

from corpora.privacy.files import private_file, private_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_folder_and_a_file_are_their_owners_alone(tmp_path):
    folder = private_folder(tmp_path / "kept")
    made = private_file(folder / "conversations.sqlite")
    assert (mode(folder), mode(made)) == (0o700, 0o600)


def test_what_was_open_before_is_closed_and_keeps_its_content(tmp_path):
    path = tmp_path / "kept.sqlite"
    path.write_text("kept")
    path.chmod(0o644)
    assert mode(private_file(path)) == 0o600
    assert path.read_text() == "kept"
