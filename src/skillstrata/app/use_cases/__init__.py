"""One function per verb; each takes the App and gives a report.

installing  init, uninstall, hook_path        doctoring  doctor
distilling  distill, unshelve                 viewing    status, candidates, explain, shelved, ls, show
running     run, verify                       finding    search and describe, for the MCP server
collecting  environments, collect
"""
