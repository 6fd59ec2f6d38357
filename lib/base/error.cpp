#include "base/error.hpp"

#include <utility>

namespace base {

std::string_view to_string(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::transient:
      return "transient";
    case Error::Kind::conflict:
      return "conflict";
    case Error::Kind::exists:
      return "exists";
    case Error::Kind::not_found:
      return "not found";
    case Error::Kind::gone:
      return "gone";
    case Error::Kind::unauthenticated:
      return "unauthenticated";
    case Error::Kind::denied:
      return "denied";
    case Error::Kind::invalid:
      return "invalid";
    case Error::Kind::cancelled:
      return "cancelled";
  }
  std::unreachable();
}

Error explain(std::string_view doing, Error error) {
  auto cause = std::make_shared<const Error>(error);
  error.what = std::string(doing) + ": " + cause->what;
  error.cause = std::move(cause);
  return error;
}

bool is_retryable(const Error& error) {
  return error.is(Error::Kind::transient) || error.is(Error::Kind::conflict) ||
         error.is(Error::Kind::gone);
}

Error transient(std::string what, Millis retry_after) {
  return {.kind = Error::Kind::transient, .what = std::move(what), .retry_after = retry_after};
}
Error invalid(std::string what) { return {.kind = Error::Kind::invalid, .what = std::move(what)}; }
Error cancelled(std::string what) {
  return {.kind = Error::Kind::cancelled, .what = std::move(what)};
}

}  // namespace base
