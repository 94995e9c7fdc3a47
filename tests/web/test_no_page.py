"""An address that is no page: a person gets one that leads on, a program an error."""

from pathlib import Path

from tests.web.served import served

PERSON = {"Accept": "text/html,application/xhtml+xml"}


async def test_a_person_gets_a_page_and_a_program_an_error(tmp_path: Path) -> None:
    async with served(tmp_path) as made:
        async with made.client() as stranger:
            asked = await stranger.get("/nope?x=1", headers=PERSON)
            assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fnope%3Fx%3D1")
        async with made.signed_in("viewer") as client:
            page = await client.get("/nope", headers=PERSON)
            assert (page.status_code, page.text[:15]) == (404, "<!doctype html>")
            # What the browser has of the page is not asked for by its tag under another address.
            again = await client.get("/nope", headers=PERSON)
            assert again.status_code == 404
            for path in ("/api/v1/nope", "/tmf-api/nope", "/static/nope.js"):
                refused = await client.get(path, headers=PERSON)
                assert (refused.status_code, "json" in refused.headers["content-type"]) == (404, True), path
            program = await client.get("/nope")
            assert (program.status_code, program.json()["detail"]) == (404, "GET /nope: not found")
            assert (await client.get("/api/v1/elements/r1/poll", headers=PERSON)).status_code == 405
