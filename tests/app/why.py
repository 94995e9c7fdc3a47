"""What the command says of an observation, and the rule most of its tests have."""

from netmon.app.why_not import why_not
from netmon.cli.explain import why_lines
from tests.app.hours import Hours
from tests.mibs import shipped_names

LINKS = """
version: 1
rules:
  - id: link-down
    type: link-alarm
    raise: {trap: IF-MIB::linkDown, when: vb.ifAdminStatus != down, for: 3s}
    clear:
      - {trap: IF-MIB::linkUp}
      - {trap: IF-MIB::linkDown, when: vb.ifAdminStatus == down, reason: admin_down}
    object: "if:{vb.ifIndex}"
    severity: major
    text: "{object.name} is down"
"""


def explained(hours: Hours, seq: int) -> list[str]:
    """Return what the command prints, without the place of the observation and without columns."""
    first, *rest = why_lines(why_not(hours.database, shipped_names(), seq))
    return [first.split(" ", 2)[2], *(" ".join(line.split()) for line in rest)]
