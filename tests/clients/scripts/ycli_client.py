"""The commands of yandex-cli (`ycli tracker`), which has no setting for the address; with arguments, one command."""

import sys

from calls import FACTS, command, run

LINES = (
    "me get", "users list", "users get {user}", "queues list", "queues get {queue}", "queues tags-list {queue}",
    "queues versions-list {queue}", "queues fields-list {queue}", "issues get {issue}", "issues search Queue:{queue}",
    "issues count --query Queue:{queue}", "issues suggest {issue}", "comments list {issue}", "links list {issue}",
    "transitions list {issue}", "worklog list {issue}", "worklog search", "worklog list-global",
    "changelog list {issue}",
    "checklists list {issue}", "remotelinks list {issue}", "attachments list {issue}", "boards list",
    "boards get {board}", "columns list {board}", "columns get {board} {column}", "sprints list {board}",
    "sprints get {sprint}", "statuses list", "priorities list", "issuetypes list", "resolutions list",
    "linktypes list", "fields list", "localfields list {queue}", "components list", "components list-for-queue {queue}",
    "filters get {filter}", "applications list", "macros list {queue}", "macros get {queue} 1",
    "triggers list {queue}", "triggers get {queue} 1", "autoactions get {queue} 1", "workflows list",
    "workflows get {queue}", "workflows list-for-queue {queue}", "projects list", "projects get {project}",
    "projects queues-list {project}", "entities search project", "entities get project {project_id}",
    "entities events-list project {project_id}", "entities comments list project {project_id}",
    "entities links list project {project_id}", "entities attachments list project {project_id}",
)  # fmt: skip

if len(sys.argv) > 1:
    from ycli.yandex.tracker import SERVICE

    object.__setattr__(SERVICE.profile, "base_url", f"{FACTS['url']}/v3")
    from ycli.cli.app import main

    main()
else:
    env = {"YANDEX_ID_OAUTH_TOKEN": FACTS["token"], "YANDEX_ID_ORGANIZATION_ID": FACTS["org_id"]}
    for line in LINES:
        words = line.format(**FACTS).split()
        name = line.replace("{", "").replace("}", "")
        run(name, lambda words=words: command(sys.executable, __file__, "tracker", *words, env=env))
