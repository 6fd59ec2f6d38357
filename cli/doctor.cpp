#include "cli/doctor.hpp"

#include <array>
#include <utility>

#include "cli/text.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

/// A leader renews each two seconds, and another takes over after fifteen.
constexpr auto kLeaseIsStale = 30s;
constexpr auto kClocksDiffer = 60s;
/// What is due is tried again with a pause of some minutes at most.
constexpr auto kOverdue = 15min;

constexpr std::array kRemedies{
    std::pair{"Suspended", "set spec.suspend to false"},
    std::pair{"Unreachable", "look at network, DNS and address of the target's API server"},
    std::pair{"Unauthorized", "put a valid kubeconfig into the Secret of spec.target.access"},
    std::pair{"Forbidden",
              "grant what charts/plain/target.yaml (in the target) or operator.yaml has"},
    std::pair{"CertificateNotTrusted", "put the CA of that API server into the kubeconfig"},
    std::pair{"AccessSecretMissing", "make the Secret of spec.target.access"},
    std::pair{"AccessSecretInvalid", "correct the kubeconfig in the Secret of spec.target.access"},
    std::pair{"ForeignOwner", "take another name, or have the owner let go of the object"},
    std::pair{"NotSupported", "change the field that is named"},
    std::pair{"MayLockOut", "narrow the rule that is named"},
    std::pair{"NamespaceNotGranted", "add the namespace to the value `namespaces` of the chart"},
    std::pair{"ProgressDeadlineExceeded", "look at the Pods' events, or take the change back"},
    std::pair{"DeletionBlocked", "have the target answer: then the deletion is finished"},
    std::pair{"TakenBack", "have the manager that is named let go of the field"},
};

std::string remedy_of(std::string_view reason) {
  for (const auto& [name, remedy] : kRemedies)
    if (reason == name) return remedy;
  return "see docs/troubleshooting.md, " + std::string(reason);
}

/// Whether this condition is as it should be.
bool is_well(const json::Value& condition) {
  const auto type = condition.at("type").string_or("");
  const bool is_true = condition.at("status").string_or("") == "True";
  if (type == "Reconciling") return true;  // Ready says the same
  const bool is_abnormal = type == "Stalled" || type == "FieldContested";
  return is_true != is_abnormal;
}

void examine_conditions(const kube::Object& resource, std::vector<Finding>& found) {
  const auto before = found.size();
  const json::Value* ready = nullptr;
  const auto tell = [&](const json::Value& one) {
    const auto reason = std::string(one.at("reason").string_or(""));
    found.push_back({key_of(resource) + ": " + std::string(one.at("type").string_or("")) + ", " +
                         reason + ": " + std::string(one.at("message").string_or("")),
                     remedy_of(reason)});
  };
  for (const auto& one : resource.at("status").at("conditions").items()) {
    if (is_well(one)) continue;
    if (one.at("type").string_or("") == "Ready")
      ready = &one;
    else
      tell(one);
  }
  // It repeats the others.
  if (ready && found.size() == before) tell(*ready);
}

void examine_times(const kube::Object& resource, base::TimePoint now, std::vector<Finding>& found) {
  const auto& status = resource.at("status");
  const auto due = time_at(status.at("credentials").at("renewAt"));
  if (due && now > *due + kOverdue)
    found.push_back({key_of(resource) + ": the credential was due for renewal " + when(*due, now),
                     "see that an operator leads, and what it says of the target"});
  const auto runway = time_at(status.at("runway"));
  if (runway && now > *runway)
    found.push_back({key_of(resource) + ": what it uses ended " + when(*runway, now),
                     "see that an operator leads; docs/operations.md has the break-glass"});
}

void examine_lease(const Examined& seen, std::vector<Finding>& found) {
  const auto where = "in the namespace " + seen.operator_namespace;
  if (!seen.lease) {
    found.push_back({"no operator has ever led " + where,
                     "install it, or name its namespace with --operator-namespace"});
    return;
  }
  const auto renewed = time_at(seen.lease->at("spec").at("renewTime"));
  const auto server_now = seen.now + seen.skew.value_or(0ms);
  if (!renewed || server_now - *renewed > kLeaseIsStale)
    found.push_back(
        {"no operator leads " + where +
             (renewed ? ": the last one did " + when(*renewed, server_now) : ""),
         "kubectl -n " + seen.operator_namespace + " describe deployment portcullis-operator"});
}

}  // namespace

std::vector<Finding> findings(const Examined& seen) {
  std::vector<Finding> found;
  if (seen.skew && std::chrono::abs(*seen.skew) > kClocksDiffer)
    found.push_back({"this machine's clock and the API server's differ by " + span(*seen.skew),
                     "correct the one that is wrong: times below are by this machine's"});
  examine_lease(seen, found);
  for (const auto& resource : seen.resources) {
    if (condition(resource, "Ready").is_null())
      found.push_back({key_of(resource) + ": no operator has looked at it", "see that one leads"});
    examine_conditions(resource, found);
    examine_times(resource, seen.now, found);
  }
  return found;
}

}  // namespace cli
