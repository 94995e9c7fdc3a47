"""``profiles.snmp_exporter``: the metrics of an snmp.yml that netmon reads as the exporter does."""

from pathlib import Path

import yaml

from tests.field.sheet import Sheet, progress


def score_exporter(file: Path, sheet: Sheet) -> None:
    """Count each metric of each module; netmon reads no such file yet, so none passes."""
    if not file.is_file():
        return
    progress("snmp.yml")
    try:
        modules = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["modules"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        progress(f"{file}: {error}")
        return
    for name, module in modules.items():
        for metric in module.get("metrics") or ():
            sheet.row("profiles.snmp_exporter", False, module=name, row=metric.get("name"), had="not read")
