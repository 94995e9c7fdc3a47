"""A number without its unit: the message shows what may have been meant."""

import pytest

from netmon.domain.duration import Duration


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (300, "300 has no unit (write '300s' or '5m')"),
        ("60", "60 has no unit (write '60s' or '1m')"),
        (90, "90 has no unit (write '90s')"),
        (0, "0 has no unit (write '0s')"),
        (True, "'True' is not a span of time (write '30s', '5m' or '1h30m')"),
        ("soon", "'soon' is not a span of time (write '30s', '5m' or '1h30m')"),
    ],
)
def test_what_is_no_duration(given: object, told: str) -> None:
    with pytest.raises(ValueError) as raised:
        Duration(given)
    assert str(raised.value) == told
