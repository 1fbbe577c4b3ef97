"""Wrong names as a new user types them, in a kernel: every line says what to write, and the variable stays."""

import pytest


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("Очередь: DEV", "`Очередь` is called Queue."),
        ("count Queue: DEV createdBy: kotova@", "`createdBy` is called Author."),
        ("Queue: DEV fixVersions: 1.0", '`fixVersions` is called "Fix Version".'),
        ("Queue: DEV Story Points: > 3", 'Write "Story Points" in quotes.'),
        ("Queue: DEV Sort By: Updated", 'Queue: DEV "Sort By": Updated'),
        ('Queue: DEV "Sort By": updatedAt DESC', "`updatedAt` is called Updated."),
        ("Queue: DEV DEV.riskscor: > 3", "Did you mean DEV.riskScore?"),
        ("count Queue: OPSS", "Did you mean OPS?"),
        ("Queue: DEV Status: in progress", 'Write "In progress" in quotes.'),
        ("changelog Queue: DEV Type: bugg", "Did you mean Bug?"),
        ("comments Queue: DEV Priority: urgent", "There are Trivial, Minor"),
        ("--columns Созданна -n 2 Queue: DEV", "Создана"),
        ("--dry-run Statuss: open", "Did you mean Status?"),
        ("changelog --field стутус DEV-1", "Статус"),
        ("worklog --created-by Титоф", "titov (Денис Титов)"),
        ("worklog --created-by me", "Whoever is logged in is `me()`."),
        ("worklog --created-by Я DEV-1", "Whoever is logged in is `me()`."),
        ("worklog --created-by current", "Whoever is logged in is `me()`."),
        ("worklog --created-by Зззз DEV-1", "there is no user `Зззз`"),
        ("worklog", "`%tracker worklog DEV-1`, or give --created-by USER or --since DAY."),
        ("worklog --until 2026-04-01", "--created-by USER or --since DAY."),
        ("worklog --since 2026-04-01 --until 2026-03-01", "since (2026-04-01) must be before until (2026-03-01)"),
        ("--filter 1 Queue: DEV", "there are issues and --filter"),
        ("count --filter 1 $df", "there are issues and --filter"),
        ("columns Магазинн", "1 (Магазин)"),
        ("sprints 77", "1 (Магазин)"),
        ("versions DEVV", "DEV (Разработка магазина)"),
        ("fields Дизаин", "DESIGN (Дизайн)"),
    ],
)
def test_a_wrong_name_is_an_error_that_says_what_to_write(kernel, line, advice):
    """No wrong name gives a frame or changes the variable on the left."""
    cell = kernel.run(f"df = 'as before'\ndf = %tracker {line}")
    assert cell.error is not None
    assert advice in cell.error_text
    assert kernel.run("df").result == "'as before'"


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ('--columns Создана,"Story Points",исполнитель -n 2', "createdAt storyPoints assignee assignee.id"),
        ('--columns "Story Points,QA engineer" -n 2', "storyPoints qaEngineer qaEngineer.id"),
        ("--columns Created, Автор -n 2", "createdAt createdBy createdBy.id"),
    ],
)
def test_columns_are_named_as_people_see_them(kernel, line, columns):
    """`--columns` takes displayed names and names of queries in both languages, in quotes if they have blanks."""
    cell = kernel.run(f"df = %tracker {line} Queue: DEV\n' '.join(df.columns)")
    assert cell.error is None
    assert cell.result == f"'key {columns}'"


def test_ones_own_work_is_found_as_in_a_query(kernel):
    """`--created-by me()` is whoever is logged in, with issues and without."""
    kernel.run("login = %tracker me\nlogin = login['login'][0]")
    for issues in ("", " Queue: DEV, OPS"):
        kernel.run(f"mine = %tracker worklog --created-by me(){issues}")
        kernel.run(f"work = %tracker worklog --created-by {{{{login}}}}{issues}")
        assert kernel.run("len(work) > 0 and mine.equals(work)").result == "True"
        assert kernel.run("mine.attrs['tracker']['created_by'] == login").result == "True"


def test_work_is_found_by_a_surname(kernel):
    """`--created-by` takes a name."""
    kernel.run("everybody = %tracker worklog --since 2020-01-01\nname = everybody['createdBy'][0]")
    kernel.run("surname = name.split()[-1]\nw = %tracker worklog --created-by {{surname}}")
    assert kernel.run("set(w['createdBy']) == {name} and len(w) > 0").result == "True"
