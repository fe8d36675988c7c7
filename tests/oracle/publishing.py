"""Descriptions of an export, read by other people's readers: `mlcroissant` and `huggingface_hub`.

    pip install mlcroissant==1.1.1 huggingface_hub==2.4.0 pyarrow
    python tests/oracle/publishing.py STORE TRACESTONE

Exports STORE in each format, reads `croissant.json` and the records that it describes (which checks SHA-256), the
card's header, and the Parquet files' page index and row groups. No network.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile

import mlcroissant
import pyarrow.parquet
from huggingface_hub import DatasetCard, DatasetCardData

STORE, BINARY = sys.argv[1:3]
FORMATS = ("jsonl", "parquet", "chat", "cruxeval", "cwm", "rl-trl", "rl-verl", "rl-nemo")
#: The hub's viewer reads no larger row groups.
GROUP_BYTES = 286 << 20


def check(folder, form):
    command = [BINARY, "export", "--store", STORE, "--format", form, "--out", folder, "-q", "--license-policy", "any"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
    errors = dataset.metadata.ctx.issues.errors
    assert not errors, errors
    read = collections.Counter()
    for records in dataset.metadata.record_sets:
        for record in dataset.records(records.uuid):
            assert all(value is not None for key, value in record.items() if key.endswith("/id"))
            read[records.uuid] += 1
            if read[records.uuid] == 20:
                break
    card = DatasetCard.load(folder / "README.md")
    assert isinstance(card.data, DatasetCardData) and card.data.configs, "the header has its files"
    assert card.data.license and card.data.size_categories
    print(f"{form}: records of {dict(read)}; the header has {sorted(card.data.to_dict())}")


def check_parquet(folder):
    for path in sorted(folder.rglob("*.parquet")):
        metadata = pyarrow.parquet.ParquetFile(path).metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        assert all(group.total_byte_size < GROUP_BYTES for group in groups)
        for group in groups:
            columns = [group.column(number) for number in range(group.num_columns)]
            assert all(column.has_offset_index for column in columns)
            assert all(column.has_column_index == column.is_stats_set for column in columns)
            assert {"program", "provenance.path"} <= {column.path_in_schema for column in columns if column.is_stats_set}
        rows = [group.num_rows for group in groups]
        print(f"{path.name}: {len(groups)} row groups of {min(rows)} to {max(rows)} rows, all with a page index")


with tempfile.TemporaryDirectory() as scratch:
    for one in FORMATS:
        check(pathlib.Path(scratch) / one, one)
    check_parquet(pathlib.Path(scratch) / "parquet")
