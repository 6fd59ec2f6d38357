#include "kube/http/retry.hpp"

#include <algorithm>
#include <charconv>

#include "base/backoff.hpp"

namespace kube {
namespace {

/// After a transport error. Short: callers have a back-off of their own.
constexpr base::Backoff kPauses{.first = base::Millis(100)};
/// Not at once even where the server says 0.
constexpr base::Millis kLeastPause{20};
/// Longer than any request may last.
constexpr long kMostSeconds = 3600;

/// Whole seconds only: dates are as good as none (API servers do not send them).
std::optional<base::Millis> retry_after(const net_io::HttpResponse& answer) {
  const auto text = net_io::header(answer.headers, "Retry-After");
  long seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, seconds);
  if (failed != std::errc{} || stopped != end || seconds < 0) return std::nullopt;
  return std::max<base::Millis>(kLeastPause, std::chrono::seconds(std::min(seconds, kMostSeconds)));
}

/// A write that was refused with these has not been begun.
bool may_be_repeated(bool is_read, int status) {
  return status == 429 || status == 503 || (is_read && status >= 500);
}

}  // namespace

std::optional<base::Millis> wait_before_retry(const Attempt& attempt,
                                              const base::Result<net_io::HttpResponse>& answer) {
  if (attempt.number >= attempt.most) return std::nullopt;
  if (answer) {
    if (!may_be_repeated(attempt.is_read, answer->status)) return std::nullopt;
    return retry_after(*answer);
  }
  const bool may_help = attempt.is_read && answer.error().is(base::Error::Kind::transient);
  if (!may_help) return std::nullopt;
  return base::next_delay(kPauses, attempt.number, attempt.unit_random);
}

}  // namespace kube
