#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace base {

using Millis = std::chrono::milliseconds;

/// What went wrong, and what to do about it: `kind` drives the policy, `what` is for people,
/// `cause` is kept. An Error never holds a secret: whoever makes one from foreign text cuts and
/// cleans that text first.
struct Error {
  enum class Kind {
    transient,  ///< try again later: network, 429, 5xx, a deadline. `retry_after` is the server's
                ///< wish.
    conflict,   ///< somebody wrote meanwhile (409): read again, then decide again
    exists,     ///< 409 AlreadyExists
    not_found,  ///< 404
    gone,       ///< 410: this resourceVersion or continue token is too old; list again
    unauthenticated,  ///< 401: the credential is not accepted (any more)
    denied,           ///< 403: a right is missing, or admission said no
    invalid,    ///< the input is wrong (400, 422, or our own checks): only its author can mend it
    cancelled,  ///< we gave up on purpose: shutdown, lost leadership
  };

  Kind kind = Kind::transient;
  std::string what{};
  Millis retry_after{};                  ///< zero: the caller's own back-off
  int code = 0;                          ///< HTTP status where there was one
  std::string reason{};                  ///< Kubernetes Status.reason where there was one
  std::shared_ptr<const Error> cause{};  ///< the error this one explains

  bool is(Kind other) const { return kind == other; }
};

std::string_view to_string(Error::Kind kind);

/// `error` as seen one step further out: "reading Secret garden/x: <what>". Kind, code and wait
/// stay.
Error explain(std::string_view doing, Error error);

/// Whether trying the same again later can help without anybody changing anything.
bool is_retryable(const Error& error);

Error transient(std::string what, Millis retry_after = {});
Error invalid(std::string what);
Error cancelled(std::string what);

}  // namespace base
