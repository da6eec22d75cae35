"""What a program left under the job's roots: the plain files with sane names, read once nothing can write any more.

In     the private folder of a run whose processes are all dead
Out    CollectedFile for each file that may come back, a reason for each that may not
Never  opens anything but a regular file with one name; follows a link; trusts a mode, a size or a name
Why    a link, a pipe or a second name of a secret in an output folder was copied, hung on or followed by tools that
       trust the folder
"""

import os
import stat

from skillstrata.adapters.contained_folder import LaidOut, opened
from skillstrata.adapters.sandbox_paths import name_fault
from skillstrata.records.sandbox_runs import CollectedFile, SandboxJob

MAX_DEPTH = 16
MAX_ENTRIES = 20_000
_MAX_REFUSED = 400
_OURS_TO_READ = 0o600
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_OURS_TO_ENTER = 0o700


class Collection:
    """Walks the roots by folder descriptor."""

    def __init__(self, job: SandboxJob, laid: LaidOut) -> None:
        """Begin with nothing taken."""
        self._job = job
        self._laid = laid
        self._bytes = self._entries = 0
        self._read_only = {file.path for file in job.files if not file.writable}
        self.files: list[CollectedFile] = []
        self.refused: list[str] = []
        self.over = ""

    def collect(self) -> None:
        """Take every root; one inside another comes once, by itself."""
        for root in self._job.roots:
            place = self._laid.top + root
            try:
                device = os.lstat(place).st_dev
                folder = opened(place, _FOLDER, _OURS_TO_ENTER)
            except OSError:
                # A root under another that the program has moved or replaced.
                self._refuse(root, "it is not the folder that was laid there")
                continue
            self._walk(folder, root, device, 0)

    def _walk(self, folder: int, path: str, device: int, depth: int) -> None:
        try:
            for name in sorted(os.listdir(folder), key=os.fsencode):
                self._entries += 1
                if self._entries > MAX_ENTRIES:
                    self.over = "files"
                    return
                self._visit(folder, name, f"{path}/{name}", (device, depth))
        finally:
            os.close(folder)

    def _visit(self, folder: int, name: str, path: str, place: tuple[int, int]) -> None:
        device, depth = place
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
        fault = self._fault(path, seen, device)
        if path in self._job.roots or (seen.st_dev, seen.st_ino) in self._laid.read_only:
            return
        if fault:
            self._refuse(path, fault)
        elif stat.S_ISDIR(seen.st_mode):
            if depth >= MAX_DEPTH:
                self._refuse(path, "it lies too deep")
            else:
                self._walk(opened(name, _FOLDER, _OURS_TO_ENTER, folder), path, device, depth + 1)
        else:
            self._file(folder, name, path)

    def _fault(self, path: str, seen: os.stat_result, device: int) -> str:
        if path in self._read_only:
            return "it stands in the place of a read-only input"
        if seen.st_dev != device:
            return "it lies on another disk"
        if stat.S_ISDIR(seen.st_mode):
            return ""
        if not stat.S_ISREG(seen.st_mode):
            return "it is not a regular file"
        if seen.st_nlink != 1:
            return "it has more than one name"
        return name_fault(os.fsencode(path))

    def _file(self, folder: int, name: str, path: str) -> None:
        with open(opened(name, os.O_RDONLY | os.O_NOCTTY, _OURS_TO_READ, folder), "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if len(self.files) >= self._job.limits.output_files:
                self.over = "files"
                self._refuse(path, "there are too many files")
            elif self._bytes + size > self._job.limits.output_bytes:
                self.over = "disk"
                self._refuse(path, "the files are too large together")
            else:
                self._bytes += size
                data = _whole(file.fileno(), size)
                changed = os.fstat(file.fileno()).st_mtime_ns != 0 or self._laid.before.get(path) != data
                self.files.append(CollectedFile(path, data, written=changed))

    def _refuse(self, path: str, reason: str) -> None:
        if len(self.refused) < _MAX_REFUSED:
            shown = ascii(os.fsencode(path).decode("utf-8", "backslashreplace"))[1:-1]
            self.refused.append(f"{shown}: {reason}")


def _whole(fd: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
