#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "operator/plan/snapshot.hpp"

namespace plan {

/// Make it so, where a server-side dry run says that it is not.
struct Apply {
  desired::Item item;
};
/// Never by name alone.
struct Remove {
  desired::Stage stage;
  Key key;
  kube::Uid uid;
};
/// TokenRequest bound to a new generation Secret; verified; then delivered.
struct IssueToken {
  credentials::Issue issue;
};
struct RetireToken {
  credentials::Anchor anchor;
};
struct CopyCredential {
  credentials::Copy copy;
};
/// The kubeconfig for a token of the kubelet's that the target maps to a user, once a token like
/// theirs has shown that it does.
struct TrustToken {
  desired::Item access;
};
/// A CA with a leaf, or a leaf by the CA there is.
struct MakeServing {
  bool with_ca;
  std::string reason;
};
/// Keeps a Secret of others while it is named, or lets it go.
struct HoldSecret {
  kube::Object secret;  ///< metadata
  bool held;
};
struct ReleaseFinalizer {};
using Action = std::variant<Apply, Remove, IssueToken, RetireToken, credentials::CertificateStep,
                            CopyCredential, TrustToken, MakeServing, HoldSecret, ReleaseFinalizer>;

/// Why the plan ends before the last stage.
struct Wait {
  std::string reason;  ///< CamelCase
  std::string message;
};

struct Plan {
  std::vector<Action> actions;  ///< in the order to perform them
  std::optional<Wait> wait;
  std::optional<Wait> awaited;  ///< somebody who has to act before the credential is renewed
  std::optional<rollout::Decision> rollout;
  std::string revision;          ///< that the roll-out is about
  base::TimePoint look_again;    ///< at the latest
  bool webhooks_wanted = false;  ///< the last stage was reached
};

/// How long after the last configuration went no API server calls it any more: several servers'
/// caches, and calls under way (timeout 10 s by default).
inline constexpr std::chrono::seconds kWithdrawalSettles{10};

/// The whole plan for one resource: pure.
Plan make(const Snapshot& snapshot);

std::string describe(const Action& action);

/// Names of the resource's Secrets that no Item stands for: written by their own actions, removed
/// with the rest.
bool is_content_secret(const Snapshot& snapshot, const Key& key);
/// Such a Secret with the marks that it is found by, and nothing else.
kube::Object bare_secret(const Snapshot& snapshot, const Key& key);

}  // namespace plan
