from netmon.snmp.wheel import SLOT_MS, TimerWheel


def test_items_come_at_the_end_of_their_slot_and_only_once():
    wheel: TimerWheel[str] = TimerWheel()
    wheel.add("b", 10 * SLOT_MS + 1)
    wheel.add("a", 10 * SLOT_MS)
    assert wheel.due(10 * SLOT_MS - 1) == []
    assert wheel.due(10 * SLOT_MS) == ["a"]
    assert wheel.due(11 * SLOT_MS) == ["b"]
    assert wheel.due(99 * SLOT_MS) == []


def test_a_late_turn_brings_all_slots_in_order():
    wheel: TimerWheel[int] = TimerWheel()
    for due_ms in (500, 100, 300, 100):
        wheel.add(due_ms, due_ms)
    assert wheel.due(400) == [100, 100, 300]
