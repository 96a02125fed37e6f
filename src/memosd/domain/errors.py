"""What can go wrong, said once. `memosd.http.errors` gives each its code and status.

MemosdError
├── Invalid                the request breaks a rule
│   ├── Missing            a required field is missing or empty
│   ├── Empty              a list or object is empty
│   ├── Unsupported        a value of `type` that is not supported
│   ├── UserIdTooLong · ConversationIdTooLong
│   ├── UnsupportedFile        a file that is none of the formats we read
│   ├── IllegalBase64 · MalformedBase64   characters that are none of it · a length that cannot be
│   ├── TooManyFiles           in one request
│   └── Unreadable             a file's content does not fit its format, or is over a limit of what is read
├── Unauthorized           no key was given
│   └── WrongKey           unknown, revoked or expired
├── Forbidden              the thing is another project's
│   └── ForeignKnowledgeBase
├── NotFound               no such thing in this project
│   ├── NoSuchTask · NoSuchMemory · NoSuchUser · NoSuchKnowledgeBase
├── TooManyTokens · TooLarge   over a stated limit
│                          └── FileTooLarge · FilesTooLarge
├── OverBudget             the project's tokens for today are used up
├── Outdated               what is to be changed has changed since it was read; reading it again helps
├── ModelRefused           a model's server will not do what was asked, and asking again does not help
└── Unavailable            something we depend on failed; trying later may work
    ├── StorageUnavailable · SearchUnavailable
    ├── ModelUnavailable   a model does not answer
    └── NoModel            no model is set up for this
"""


class MemosdError(Exception):
    """Base of all errors that memosd raises on purpose; the message is fit to be shown to a caller."""

    retryable = False


class Invalid(MemosdError):
    pass


class Missing(Invalid):
    pass


class Empty(Invalid):
    pass


class Unsupported(Invalid):
    pass


class UserIdTooLong(Invalid):
    pass


class ConversationIdTooLong(Invalid):
    pass


class UnsupportedFile(Invalid):
    pass


class IllegalBase64(Invalid):
    pass


class MalformedBase64(Invalid):
    pass


class TooManyFiles(Invalid):
    pass


class Unreadable(Invalid):
    pass


class Unauthorized(MemosdError):
    pass


class WrongKey(Unauthorized):
    pass


class Forbidden(MemosdError):
    pass


class ForeignKnowledgeBase(Forbidden):
    pass


class NotFound(MemosdError):
    pass


class NoSuchTask(NotFound):
    pass


class NoSuchMemory(NotFound):
    pass


class NoSuchUser(NotFound):
    pass


class NoSuchKnowledgeBase(NotFound):
    pass


class TooManyTokens(MemosdError):
    pass


class TooLarge(MemosdError):
    pass


class FileTooLarge(TooLarge):
    pass


class FilesTooLarge(TooLarge):
    pass


class OverBudget(MemosdError):
    pass


class Outdated(MemosdError):
    retryable = True


class ModelRefused(MemosdError):
    pass


class Unavailable(MemosdError):
    retryable = True


class StorageUnavailable(Unavailable):
    pass


class SearchUnavailable(Unavailable):
    pass


class OfOtherRecords(SearchUnavailable):
    """An index followed records that are no more."""


class ModelUnavailable(Unavailable):
    pass


class NoModel(Unavailable):
    pass
