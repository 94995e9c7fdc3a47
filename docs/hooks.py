"""Pages that mkdocs makes while it builds: the reference of the APIs follows from the code alone."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs import api


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the APIs."""
    files.append(File.generated(config, "reference/api.md", content="\n".join(api.page()) + "\n"))
    return files
