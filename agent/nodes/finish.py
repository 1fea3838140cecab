"""finish: the answer as it is shown. With what was reckoned, in the language wanted, to the question as it was asked, and kept."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.errors import BudgetExceeded, ModelError
from agent.language.languages import language, languages
from agent.language.translation import translated
from agent.language.unread import taken_for
from agent.nodes.conclude import prompts_sent, spending
from agent.state import AgentDeps, QuestionState
from agent.types import Answer, Answered, Question

_MASKED = "Patient identifiers were masked in the question and its report, since LangSmith traces this run."


async def finish(state: QuestionState, runtime: Runtime[AgentDeps]) -> QuestionState:
    """Replaces `answer`; that of a thread's turn is kept in the conversations' database."""
    deps, shown = runtime.context, runtime.context.said.entered
    assert shown is not None  # `prepare` ran before
    answer = state["answer"]
    if "question" in state:  # else nothing was researched
        answer = await deps.listening.kept(answer)
        notes = (*state["notes"], *state.get("failed", ()))
        answer = answer.model_copy(update={"question": shown.question, "limitations": (*notes, *answer.limitations)})
        if state["language"]:
            answer = await _in_language(answer, shown.question, state["language"], deps)
    if shown.traced and shown.masked:
        answer = answer.model_copy(update={"limitations": (*answer.limitations, _MASKED)})
    elif shown.question != deps.said.asked:
        answer = answer.model_copy(update={"question": deps.said.asked})
    if turn := deps.said.turn:
        deps.memory().end(turn, answer)
    return {"answer": answer}


async def _in_language(answer: Answer, asked: Question, name: str, deps: AgentDeps) -> Answer:
    """The answer in the language of that name where a model can, and saying so; its sources are English whatever is asked."""
    said, failed, budget = None, "", deps.budget
    if deps.model and name != "English" and isinstance(answer, Answered):
        try:
            said = await translated(deps.model, answer, name, budget)
        except (ModelError, BudgetExceeded) as error:  # what was verified stands, in the words it was verified in
            failed = f" It could not be translated: {error}"
    own = taken_for(asked) or languages()[language(asked.text)].name
    held = f"Asked in {own}" if own != "English" else f"Wanted in {name}"
    note = f"{held}; the sources are English, and the answer quotes them.{failed}"
    final = said[0] if said else answer
    if said is not None:
        left = f" {said[1]} of its sentences stayed in English: their figures did not survive." if said[1] else ""
        note = f"Verified in English and translated into {name} by the model; figures were compared.{left}"
    sent = prompts_sent(budget, final.provenance.sent)
    spent = final.provenance.model_copy(update=spending(budget) | {"sent": sent})
    return final.model_copy(update={"limitations": (note, *final.limitations), "provenance": spent, "seconds": budget.seconds})
