#pragma once

#include <string>
#include <string_view>

namespace protocol {

/// What we say about one request. `patch`: a mutator's JSON Patch as text; empty: nothing to
/// change.
struct Verdict {
  bool allowed = false;
  int code = 0;
  std::string reason;
  std::string message;
  std::string patch;
  bool operator==(const Verdict&) const = default;
};

Verdict allow();
Verdict allow_with(std::string patch);
Verdict deny(std::string message);                    ///< 403 Forbidden: a rule says no
Verdict refuse(std::string message, int code = 400);  ///< the request itself is wrong

/// The label of metrics and logs: "allowed", "denied" (403) or "error".
std::string_view name_of(const Verdict& verdict);

/// Whom an answer is for: echoed from the review, all empty while they are not known.
struct Addressee {
  std::string_view api_version;
  std::string_view kind;
  std::string_view uid;
};

/// One AdmissionReview as JSON and a newline, members in the order of the Go types. `revision`: of
/// the program, for the audit log of the API server; empty: not said.
std::string encode(const Addressee& to, const Verdict& verdict, std::string_view revision = {});

}  // namespace protocol
