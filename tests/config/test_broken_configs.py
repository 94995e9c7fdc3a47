"""Broken configurations: the exact line a user sees for each."""

from pathlib import Path

import pytest

from netmon.config.load import load

CASES = [
    ("wbe: {}", "config.yaml:1:1: unknown key 'wbe' (did you mean 'web'?)"),
    ("version: 2", "config.yaml:1:10: version: expected one of 1, not 2"),
    ("node_id: ber mon", "config.yaml:1:10: node_id: 'ber mon' does not match ^[A-Za-z0-9-]{1,40}$"),
    ("[]", "config.yaml:1:1: expected a mapping, not a list"),
    ("data_dir: 5", "config.yaml:1:11: data_dir: expected text, not 5 (write '5')"),
    ("inventory: [x]", "config.yaml:1:12: inventory: expected text or a mapping, not a list"),
    ("inventory: no.yaml", "config.yaml:1:12: inventory: there is no file no.yaml"),
    ("inventory: {elements: [{id: r1}]}",
     "config.yaml:1:24: inventory.elements[0].addresses: missing (addresses, the first is polled)"),
    ("credentials: [{id: A b, version: v1, community: {env: HOME}}]",
     "config.yaml:1:20: credentials[0].id: 'A b' does not match ^[a-z0-9][a-z0-9._-]{0,62}$"),
    ("credentials: [{id: a, version: v3, community: {env: HOME}}]",
     "config.yaml:1:15: credentials[0]: a community has version: v1 or v2c"),
    ("credentials: [{id: a, version: v2c}]",
     "config.yaml:1:15: credentials[0]: needs community: {file: PATH} or {env: NAME} (v1, v2c), or user (v3)"),
    ("credentials: [{id: a, user: u}]",
     "config.yaml:1:15: credentials[0]: a user without auth proves nothing (allow_noauth: true takes it all the same)"),
    ("credentials: [{id: a, user: u, priv: {protocol: aes128, password: {env: HOME}}}]",
     "config.yaml:1:15: credentials[0]: priv needs auth (RFC 3414 section 1.4.2)"),
    ("credentials: [{id: a, user: u, version: v2c, allow_noauth: true}]",
     "config.yaml:1:15: credentials[0]: a user speaks v3, not v2c"),
    ("credentials: [{id: a, user: u, auth: {protocol: sha256}}]",
     "config.yaml:1:38: credentials[0].auth: needs one of password, master_key, localized_key, and has none"),
    ("credentials: [{id: a, user: u, auth: {protocol: sha1, password: {env: HOME}}}]",
     "config.yaml:1:49: credentials[0].auth.protocol: unknown value 'sha1' (did you mean 'sha'?)"),
    ("credentials: [{id: a, user: u, auth: {protocol: sha, localized_key: {env: HOME}}}]",
     "config.yaml:1:15: credentials[0]: localized_key needs engine_id"),
    ("credentials: [{id: a, user: u, auth: {protocol: sha, password: {env: NETMON_TEST_SHORT}}}]",
     "config.yaml:1:64: credentials[0].auth.password: shorter than 8 octets"),
    ("credentials: [{id: a, user: u, auth: {protocol: sha, master_key: {env: NETMON_TEST_SHORT}}}]",
     "config.yaml:1:66: credentials[0].auth.master_key: the key is not hex"),
    ("credentials: [{id: a, user: u, auth: {protocol: md5, password: {env: HOME_TOO}}}]",
     "config.yaml:1:49: credentials[0].auth.protocol: md5 is weak: it can be broken"),
    ("credentials: [{id: a, version: v2c, community: {env: NETMON_TEST_UNSET}}]",
     "config.yaml:1:48: credentials[0].community: environment variable NETMON_TEST_UNSET is not set"),
    ("credentials:\n  - {id: a, version: v1, community: {env: HOME}}\n  - {id: a, version: v1, community: {env: HOME}}",
     'config.yaml:3:10: credentials[1].id: "a" stands at credentials[0] already'),
    ("traps: {listen: ['localhost:162']}",
     "config.yaml:1:18: traps.listen[0]: 'localhost:162' is not an address with port "
     "(write '127.0.0.1:162' or '[::1]:162')"),
    ("traps: {listen: ['0.0.0.0:162']}",
     "config.yaml:1:18: traps.listen[0]: '0.0.0.0:162' can be reached from outside, but nothing says who may send: "
     "add communities, or a user of version 3"),
    ("traps: {listen: [{address: ':162'}]}",
     "config.yaml:1:28: traps.listen[0].address: realm \"default\" has no bind, so name an address "
     "(write '0.0.0.0:162')"),
    ("traps: {listen: ['127.0.0.1:162', {address: '127.0.0.1:163', realm: cust}]}\nrealms: {cust-a: {}}",
     'config.yaml:1:69: traps.listen[1].realm: unknown realm "cust" (did you mean "cust-a"?)'),
    ("traps: {listen: [{address: '127.0.0.1:162', device: l0}]}",
     'config.yaml:1:53: traps.listen[0].device: no network device "l0" on this host (did you mean "lo"?)'),
    ("traps: {listen: [':162']}\nrealms: {default: {bind: 127.0.0.7}}",
     "config.yaml:1:18: traps.listen[0]: ':162' can be reached from outside, but nothing says who may send: "
     "add communities, or a user of version 3"),
    ("realms: {cust-a: {bind: vrf-a}}",
     "config.yaml:1:25: realms.cust-a.bind: 'vrf-a' is no address (write 10.0.0.5 or '2001:db8::5')"),
    ("realms: {cust-a: {bind: [127.0.0.1, 127.0.0.2]}}",
     "config.yaml:1:25: realms.cust-a.bind: two addresses of one family: only one can be bound"),
    ("realms: {cust-a: {bind: 192.0.2.1}}",
     "config.yaml:1:25: realms.cust-a.bind: 192.0.2.1 is no address on this host: cannot assign requested address"),
    ("realms: {cust-a: {bind: [127.0.0.1, '2001:db8::1'], device: lo}}",
     "config.yaml:1:37: realms.cust-a.bind[1]: 2001:db8::1 is no address on this host in lo: "
     "cannot assign requested address"),
    ("realms: {cust-a: {device: l0}}",
     'config.yaml:1:27: realms.cust-a.device: no network device "l0" on this host (did you mean "lo"?)'),
    ("realms: {Cust: {}}", "config.yaml:1:16: realms.Cust: 'Cust' does not match ^[a-z0-9][a-z0-9._-]{0,62}$"),
    ("traps: {proxies: [{source: 192.0.2.9, realm: cust}]}\nrealms: {cust-a: {}}",
     'config.yaml:1:46: traps.proxies[0].realm: unknown realm "cust" (did you mean "cust-a"?)'),
    ("traps: {receive_buffer: 16}",
     "config.yaml:1:25: traps.receive_buffer: '16' is not a size (write '16MiB' or '64KiB')"),
    ("traps: {unknown_sources: dorp}",
     "config.yaml:1:26: traps.unknown_sources: unknown value 'dorp' (did you mean 'drop'?)"),
    ("traps: {communities: [{credential: core}]}",
     'config.yaml:1:36: traps.communities[0].credential: unknown credential "core"'),
    ("polling: {timeout: 2}", "config.yaml:1:20: polling.timeout: 2 has no unit (write '2s')"),
    ("polling: {retries: 40}", "config.yaml:1:20: polling.retries: 40 is above 10"),
    ("mibs: [nowhere]", "config.yaml:1:8: mibs[0]: there is no file or folder nowhere"),
    ("rules: rules", "config.yaml:1:8: rules: expected a list, not text"),
    ("outputs:\n  - {type: influx}",
     "config.yaml:2:12: outputs[0].type: unknown type 'influx' (did you mean 'influxdb'?)"),
    ("outputs:\n  - {type: prometheus}\n  - {type: influxdb}",
     "config.yaml:3:5: outputs[1].url: missing (address of InfluxDB)"),
    ("outputs: [{type: parquet}, {type: parquet}]",
     'config.yaml:1:35: outputs[1].type: "parquet" stands at outputs[0] already'),
    ("usage: {interval: 1h}", "config.yaml:1:19: usage.interval: unknown value '1h' (one of 15m, 5m)"),
    ("usage: {poll: 10m}", "config.yaml:1:15: usage.poll: 10m is above 5m"),
    ("usage: {feeds: []}", "config.yaml:1:16: usage.feeds: empty"),
    ("usage: {feeds: [{id: a}, {id: b}]}",
     "config.yaml:1:26: usage.feeds[1].node_id: \"the node's\" stands at feeds[0] already"),
    ("web: {listen: 8080}",
     "config.yaml:1:15: web.listen: '8080' is not an address with port (write '127.0.0.1:8080' or '[::1]:8080')"),
    ("web: {enabled: off}", "config.yaml:1:16: web.enabled: expected true or false, not 'off' (write false)"),
    ("engine: {listen: '127.0.0.1:8080'}",
     "config.yaml:1:1: web.listen: 127.0.0.1:8080 is the address of engine.listen already"),
    ("log: {level: trace}", "config.yaml:1:14: log.level: unknown value 'trace' (one of debug, error, info, warning)"),
    ("retention: {polls: 1s}", "config.yaml:1:20: retention.polls: 1s is below 10m"),
    ("log: {level: info\n", "config.yaml:2:1: not YAML: expected ',' or '}', but got '<stream end>' "
     "(while parsing a flow mapping from line 1)"),
    ("web: {}\nlog: {}\nweb: {}", "config.yaml:3:1: duplicate key 'web' (first at line 1)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"), CASES, ids=[text.split(":")[0] + str(n) for n, (text, _) in enumerate(CASES)]
)
def test_the_exact_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETMON_TEST_UNSET", raising=False)
    monkeypatch.setenv("NETMON_TEST_SHORT", "short")
    monkeypatch.setenv("HOME_TOO", "a long password")
    Path("config.yaml").write_text(text)
    assert [str(found) for found in load(Path("config.yaml")).problems] == [problem]


def test_errors_of_several_files_are_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(
        "inventory: inventory.yaml\nrules: [rules]\nweb: {lisen: x}\nlog: {format: xml}\npolling: {retries: -1}\n"
    )
    Path("inventory.yaml").write_text("elements:\n  - {id: r1, addresses: [192.0.2.1], site: x}\n")
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text("version: 1\nversion: 1\n")
    assert [str(problem) for problem in load(Path("config.yaml")).problems] == [
        "config.yaml:3:7: web: unknown key 'lisen' (did you mean 'listen'?)",
        "config.yaml:4:15: log.format: unknown value 'xml' (one of json, text)",
        "config.yaml:5:20: polling.retries: -1 is below 0",
        'inventory.yaml:2:44: elements[0].site: unknown site "x"',
        "rules/a.yaml:2:1: duplicate key 'version' (first at line 1)",
    ]


def test_an_unreadable_part_hides_no_reference_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(
        "credentials: [{id: core, version: v9, community: {env: HOME}}]\ntraps: {communities: [{credential: core}]}\n"
    )
    assert len(load(Path("config.yaml")).problems) == 1
