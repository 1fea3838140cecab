"""The tree of errors: what a caller can catch, and that each says where and what to do."""

import pytest

from agent import errors as agent_errors
from corpora import errors
from retrievers import errors as retrieval_errors

BRANCHES = {
    errors.SetupError: (
        errors.MissingCorpus,
        errors.MissingExtra,
        retrieval_errors.IndexMismatch,
        retrieval_errors.MissingModel,
        agent_errors.InvalidSettings,
    ),
    retrieval_errors.SourceError: (
        retrieval_errors.SourceUnavailable,
        retrieval_errors.SourceRateLimited,
        retrieval_errors.SourceRefused,
        retrieval_errors.MalformedSourceResponse,
    ),
    agent_errors.ModelError: (
        agent_errors.ModelUnavailable,
        agent_errors.ModelTimeout,
        agent_errors.ModelRefused,
        agent_errors.MalformedModelOutput,
        agent_errors.PromptTooLong,
    ),
    errors.InputError: (
        errors.MalformedDocument,
        agent_errors.EmptyQuestion,
        agent_errors.QuestionTooLong,
        agent_errors.InvalidOptions,
        agent_errors.MalformedQuestionSet,
    ),
    errors.RadqaError: (agent_errors.BudgetExceeded, retrieval_errors.IndexWriteFailed),
}


@pytest.mark.parametrize(("branch", "kind"), [(branch, kind) for branch, kinds in BRANCHES.items() for kind in kinds])
def test_every_error_hangs_on_its_branch(branch, kind):
    assert issubclass(kind, branch)
    assert issubclass(branch, errors.RadqaError)


@pytest.mark.parametrize("kind", BRANCHES[errors.SetupError])
def test_set_up_errors_keep_their_remedy(kind):
    error = kind("It is not there.", "Put it there.")
    assert str(error) == "It is not there. Put it there."
    assert error.remedy == "Put it there."
    assert str(kind("It is not there.")) == "It is not there."


@pytest.mark.parametrize("kind", BRANCHES[retrieval_errors.SourceError])
def test_source_errors_name_the_source_first(kind):
    error = kind("europepmc", "is down")
    assert str(error) == "europepmc: is down"
    assert error.source == "europepmc"


def test_only_what_may_pass_is_worth_trying_again():
    assert retrieval_errors.SourceUnavailable.retryable
    assert retrieval_errors.SourceRateLimited.retryable
    assert not retrieval_errors.SourceRefused.retryable
    assert not retrieval_errors.MalformedSourceResponse.retryable
    assert agent_errors.ModelUnavailable.retryable
    assert agent_errors.ModelTimeout.retryable
    assert not agent_errors.ModelRefused.retryable
    assert not agent_errors.MalformedModelOutput.retryable


def test_a_source_that_asks_for_fewer_requests_says_for_how_long():
    assert retrieval_errors.SourceRateLimited("s", "too many", 12.5).retry_after_s == 12.5
    assert retrieval_errors.SourceRateLimited("s", "too many").retry_after_s is None


def test_files_and_lines_are_named():
    assert str(errors.MalformedDocument("a.md", "no title", 3)) == "a.md, line 3: no title"
    assert str(errors.MalformedDocument("a.md", "no title")) == "a.md: no title"
    assert str(agent_errors.MalformedQuestionSet("q.jsonl", 7, "no question")) == "q.jsonl, line 7: no question"


def test_a_spent_budget_says_which_limit():
    error = agent_errors.BudgetExceeded("tokens", 61000.0)
    assert (error.limit, error.spent) == ("tokens", 61000.0)
    assert "tokens" in str(error)
    assert agent_errors.MalformedModelOutput("bad", "raw text").raw == "raw text"
