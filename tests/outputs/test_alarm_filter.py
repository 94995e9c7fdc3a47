import pytest

from netmon.outputs.alarm_filter import AlarmFilter
from tests.storage.batches import alarm


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("severity == major", True),
        ("severity in [critical]", False),
        ("alarm.type == 'link-alarm' and not alarm.ack", True),
        ("startswith(alarm.object, 'r2/')", False),
        ("tag.customer == 'acme'", True),
        ("alarm.service_affecting is missing", True),
        ("count > 1", False),
    ],
)
def test_it_tells_by_the_fields_of_an_alarm(text, passes):
    assert AlarmFilter(text).test()(alarm(1, tags={"customer": "acme"})) is passes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("severity == sever", "unknown name 'sever'"),
        ("severty == major", "unknown name 'severty' .did you mean 'severity'"),
        ("alarm.sevrity == 'major'", "did you mean"),
        ("vb.ifIndex == 1", "not known of an alarm"),
        ("polled(ifOperStatus) == up", "not known of an alarm"),
        ("severity ==", "ends too early"),
    ],
)
def test_a_wrong_one_says_what_is_wrong(text, message):
    with pytest.raises(ValueError, match=message):
        AlarmFilter(text)
