from netmon.cli.polls import TITLES, by_share, cells, line
from netmon.domain.element import PollGroup, PollState, Run


def test_what_was_learned_and_what_fails_is_told_by_share_of_the_time_it_takes():
    def state(*, elapsed_ms: int, **more: object) -> PollState:
        run = Run(at=1, elapsed_ms=elapsed_ms, cells=10, reason=str(more.pop("why", "")))
        groups = (PollGroup("60s", 60_000, run=run, budget_ms=48_000), PollGroup("300s", 300_000, budget_ms=120_000))
        learned = {"timeout_ms": 1_000, "varbinds": 75, "get_varbinds": 50} | more
        return PollState(60_000, "ok", run, budget_ms=48_000, groups=groups, **learned)  # type: ignore[arg-type]

    polls = {
        "quick": state(elapsed_ms=480),
        "slow": state(elapsed_ms=24_000, manner="GETNEXT", left_out=("1.3.6",), late=4, why="ifTable: walk_stuck"),
        "dead": PollState(60_000, "slow_lane", Run(1, 14_000, reason="timeout"), 3, timeout_ms=2_000),
    }
    lines = {id_: dict(zip(TITLES, line(id_, poll), strict=True)) for id_, poll in by_share(polls)}
    assert list(lines) == ["slow", "quick", "dead"]
    assert [one["budget"] for one in lines.values()] == ["50%", "1%", "0%"]
    assert lines["quick"]["learned"] == "timeout 1s, 75 per GETBULK, 50 per GET"
    assert lines["slow"]["learned"].endswith(", GETNEXT, 1 left out, 4 late")
    assert [one["reason"] for one in lines.values()] == ["60s: ifTable: walk_stuck", "", "timeout"]


def test_an_element_given_by_name_tells_where_it_is_asked_and_why_not_elsewhere():
    ok = PollState(60_000, "ok", Run(1, 10), timeout_ms=1_000, varbinds=50, get_varbinds=50, address="192.0.2.1")
    refused = PollState(60_000, "waiting", refused="192.0.2.1 is an address of r1")
    told, other = (dict(zip(TITLES, line("r2", one), strict=True)) for one in (ok, refused))
    assert told["learned"].endswith(", at 192.0.2.1")
    assert cells(Run(1, 10, cells=95)) == "95"
    assert cells(Run(1, 10, cells=95, dropped=3)) == "95, 3 dropped"
    assert other["reason"] == "192.0.2.1 is an address of r1"
