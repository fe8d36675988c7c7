"""Reading exports."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Union

_ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")


def load(path: Union[str, Path], split: Optional[str] = None) -> Iterator[Dict[str, Any]]:
    """The rows of an export, one after the other: of a file, or of all data files in a folder.

    ``split`` takes one part of the split: ``train``, ``validation`` or ``test``. Parquet needs ``pyarrow``, ``.zst``
    needs ``zstandard`` or Python 3.14.
    """
    for file in _files(Path(path)):
        for row in _rows(file):
            if split is None or _split(row, file) == split:
                yield row


def _files(path: Path) -> List[Path]:
    if not path.is_dir():
        if not path.exists():
            raise FileNotFoundError(f"{path}: there is no such export")
        return [path]
    manifest = path / "manifest.json"
    if manifest.exists():
        listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        return [path / file["path"] for file in listed if file["rows"] > 0]
    files = sorted(file for file in path.rglob("*") if file.name.endswith(_ENDINGS))
    if not files:
        raise FileNotFoundError(f"{path}: there is no file of rows in this folder")
    return files


def _split(row: Dict[str, Any], file: Path) -> str:
    return row.get("split") or file.name.split(".")[0].split("-")[0]


def _rows(file: Path) -> Iterator[Dict[str, Any]]:
    name = file.name
    if name.endswith(".parquet"):
        yield from _parquet(file)
        return
    with open(file, "rb") as raw:
        stream: Any = raw
        if name.endswith(".gz"):
            stream = gzip.GzipFile(fileobj=raw)
        elif name.endswith(".zst"):
            stream = _zstd(raw)
        for number, line in enumerate(io.TextIOWrapper(stream, encoding="utf-8"), 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{file}, line {number}: {error}") from None


def _zstd(raw: Any) -> Any:
    try:
        from compression import zstd  # Python 3.14

        return zstd.ZstdFile(raw)
    except ImportError:
        import zstandard

        return zstandard.ZstdDecompressor().stream_reader(raw)


def _parquet(file: Path) -> Iterator[Dict[str, Any]]:
    from pyarrow import parquet

    for batch in parquet.ParquetFile(file).iter_batches(batch_size=1000):
        yield from batch.to_pylist()
