"""The one table of operations: the gate walks it, the OpenAPI document is made of it, and a test holds both."""

from __future__ import annotations

from agent.model.person import Scope
from agent.web.api import asked, decide, read, shapes
from agent.web.api.call import Operation

PREFIX = "/api/v1"
_STALE = {409: "One is not as you saw it (code stale): nothing was decided. Lists each, with what it is now."}
_LIMIT = {403: "The key or its user may not, or a person has to decide this (code limit)."}
_NONE = {404: "There is none."}

OPERATIONS = (
    Operation("GET", "/me", "readMe", "Whose key this is, and what it may do.", Scope.READ, read.me, shapes.Me),
    Operation("GET", "/proposals", "listProposals", "Proposals, the newest first.", Scope.READ, read.proposals,
              shapes.Proposals, asked.ProposalQuery),
    Operation("GET", "/proposals/{id}", "readProposal", "One proposal, why it was made and what happened.", Scope.READ,
              read.proposal, shapes.Whole, problems=_NONE),
    Operation("GET", "/plans", "listPlans", "Plans, the newest first.", Scope.READ, read.plans, shapes.Runs,
              asked.PlanQuery),
    Operation("GET", "/plans/{run}", "readPlan", "What one judging concluded.", Scope.READ, read.plan, shapes.Plan,
              problems=_NONE),
    Operation("GET", "/alerts", "listAlerts", "What rules told, the newest first.", Scope.READ, read.alerts,
              shapes.Alerts, asked.AlertQuery),
    Operation("GET", "/rules", "listRules", "An account's rules as they stand on disk.", Scope.READ, read.rules,
              shapes.Rules, asked.RuleQuery, problems=_NONE),
    Operation("GET", "/runs", "listRuns", "Passes of jobs, the newest first.", Scope.READ, read.runs, shapes.Runs,
              asked.RunQuery),
    Operation("GET", "/health", "readHealth", "Whether all is well, and how fresh the data is.", Scope.READ,
              read.health, shapes.Health),
    Operation("POST", "/decisions/approve", "approve",
              "Say yes. Nothing is sent for 10 seconds; all belts are asked again before it is.", Scope.DECIDE,
              decide.approve, shapes.Verdict, body=asked.ApproveBody, problems=_STALE | _LIMIT),
    Operation("POST", "/decisions/reject", "reject", "Say no to what is open.", Scope.DECIDE, decide.reject,
              shapes.Verdict, body=asked.BecauseBody, problems=_STALE | _LIMIT),
    Operation("POST", "/decisions/stop", "stop", "Withdraw what was approved, by whomever, and is not sent yet.",
              Scope.DECIDE, decide.stop, shapes.Verdict, body=asked.BecauseBody, problems=_STALE),
    Operation("POST", "/decisions/undo", "undo", "Take back what you approved and is not sent yet: it is open again.",
              Scope.DECIDE, decide.undo, shapes.Undone, body=asked.Picks, problems=_STALE),
)  # fmt: skip
