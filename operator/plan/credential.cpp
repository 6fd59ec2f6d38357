#include "crypto/hash.hpp"
#include "json/parse.hpp"
#include "operator/plan/draft.hpp"

namespace plan {
namespace {

using desired::Cluster;
using json::Value;
namespace kinds = kube::kinds;

constexpr double kMostEarly = 0.1;
/// How soon those that wait for others look again.
constexpr std::chrono::seconds kCrowdedLook{10};

/// By chance, but the same whenever it is asked for.
double early_part(const Snapshot& seen, std::int64_t generation) {
  const auto text = seen.resource.uid().value + "/" + std::to_string(generation);
  const auto number = std::stoul(crypto::sha256_hex(text).substr(0, 6), nullptr, 16);
  return kMostEarly * static_cast<double>(number) / double{0x1000000};
}

credentials::Wanted wanted(const Draft& draft) {
  const auto& seen = draft.seen;
  const auto& rotation = seen.resource.spec.credentials.rotation;
  const auto held = seen.delivered();
  return {.inputs = credential_inputs(seen),
          .renew_after_percent = rotation.renew_after_percent,
          .overlap = api::duration_or(rotation.overlap, std::chrono::minutes(15)),
          .rotation = asked_rotation(seen),
          .min_interval = seen.min_issue_interval,
          .early = held ? early_part(seen, held->generation) : 0,
          .crowded = seen.is_crowded,
          .holds_old = seen.resource.restarts() && old_replicas_run(draft)};
}

/// Hash of what a federated token was found good for.
std::string trust_inputs(const Snapshot& seen) {
  const auto& wanted = seen.resource.spec.credentials.federated_token;
  json::Array groups(wanted.groups.begin(), wanted.groups.end());
  const auto& permissions = seen.resource.spec.permissions;
  const auto inputs = Value::object({{"server", seen.target.server},
                                     {"audience", wanted.audience},
                                     {"userName", wanted.user_name},
                                     {"groups", std::move(groups)},
                                     {"clusterRules", permissions.cluster_rules},
                                     {"rotation", asked_rotation(seen)}});
  return crypto::sha256_hex(json::to_canonical_string(inputs)).substr(0, 16);
}

/// Whether the kubeconfig for a token of the kubelet's is there, or comes with this plan. Nothing
/// is said of a target that nobody knows the address of.
bool plan_access(Draft& draft) {
  const auto& seen = draft.seen;
  auto item = desired::access(seen.inputs(), seen.target);
  const auto there = seen.world.find(key_of(item));
  const bool is_there = there != seen.world.end();
  const bool is_known = !seen.target_error && !seen.terminating && !seen.target.server.empty();
  if (!is_known) {
    draft.expected.insert(key_of(item));
    return is_there;
  }
  if (!seen.resource.is_federated()) {
    draft.want(std::move(item));
    return true;
  }
  const auto inputs = trust_inputs(seen);
  item.object.set_annotation(desired::kInputsAnnotation, inputs);
  item.object.set_annotation(desired::kUserAnnotation, seen.resource.named_user());
  const bool is_trusted =
      is_there && there->second.annotation(desired::kInputsAnnotation) == inputs;
  draft.expected.insert(key_of(item));
  if (is_trusted)
    draft.want(std::move(item));
  else
    draft.plan.actions.emplace_back(TrustToken{std::move(item)});
  return is_there;
}

void plan_token(Draft& draft) {
  const auto decision = credentials::decide(wanted(draft), draft.seen.token, draft.seen.now);
  std::visit(Match{[&](const credentials::Keep& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::Issue& issue) {
                     draft.plan.actions.emplace_back(IssueToken{issue});
                   },
                   [&](const credentials::Retire& retire) {
                     draft.plan.actions.emplace_back(RetireToken{retire.anchor});
                   }},
             decision);
}

void plan_certificate(Draft& draft) {
  const auto& seen = draft.seen;
  const bool approves = seen.resource.spec.credentials.client_certificate.approval != "External";
  const auto wish = wanted(draft);
  const auto decision = credentials::decide(wish, approves, seen.certificate, seen.now);
  std::visit(Match{[&](const credentials::Keep& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::AwaitOthers& others) {
                     draft.look_again(others.look_again);
                     // What was delivered serves meanwhile.
                     draft.plan.awaited = Wait{others.reason, others.message};
                     if (!seen.certificate.delivered) draft.plan.wait = draft.plan.awaited;
                   },
                   [&](const credentials::CertificateStep& step) {
                     draft.plan.actions.emplace_back(step);
                   }},
             decision);
  const auto& held = seen.certificate.delivered;
  if (!held || held->former_user.empty()) return;
  const auto end = credentials::retire_at(wish, *held);
  if (seen.now < end) draft.look_again(end);
}

void plan_copied(Draft& draft) {
  const auto& seen = draft.seen;
  const auto decision = credentials::decide(wanted(draft), seen.copied, seen.now);
  std::visit(Match{[&](const credentials::Keep& keep) { draft.look_again(keep.look_again); },
                   [&](const credentials::Copy& copy) {
                     draft.plan.actions.emplace_back(CopyCredential{copy});
                   }},
             decision);
  if (seen.copied.source.empty() && !seen.copied.delivered)
    draft.plan.wait = draft.plan.awaited = Wait{seen.copied.problem_reason, seen.copied.problem};
}

/// Accounts of ours from before serviceAccountName changed, while their tokens may be in use.
std::vector<std::string> former_accounts(const Draft& draft) {
  const auto& seen = draft.seen;
  std::vector<std::string> names;
  const bool by_token = seen.resource.issues_tokens();
  if (by_token ? !is_overlapping(seen) : !old_replicas_run(draft)) return names;
  const auto current = by_token ? desired::names(seen.inputs()).service_account : std::string();
  for (const auto& [key, object] : seen.world)
    if (key.cluster == Cluster::target && key.ref.resource == kinds::kServiceAccount &&
        key.ref.name != current && !object.is_being_deleted())
      names.push_back(key.ref.name);
  return names;
}

void add(std::vector<std::string>& users, const std::string& user) {
  if (!user.empty() && std::ranges::find(users, user) == users.end()) users.push_back(user);
}

Value inputs_of_token(const Snapshot& snapshot) {
  const auto& wanted = snapshot.resource.spec.credentials.service_account_token;
  json::Array audiences(wanted.audiences.begin(), wanted.audiences.end());
  return Value::object({{"serviceAccount", desired::names(snapshot.inputs()).service_account},
                        {"expirationSeconds", wanted.expiration_seconds},
                        {"audiences", std::move(audiences)}});
}

Value inputs_of_certificate(const Snapshot& snapshot) {
  const auto& wanted = snapshot.resource.spec.credentials.client_certificate;
  json::Array groups(wanted.groups.begin(), wanted.groups.end());
  return Value::object({{"userName", wanted.user_name},
                        {"expirationSeconds", wanted.expiration_seconds},
                        {"groups", std::move(groups)}});
}

}  // namespace

bool is_overlapping(const Snapshot& seen) {
  const auto& token = seen.token;
  return token.delivered && (token.anchors.size() > 1 ||
                             token.delivered->service_account_uid != token.service_account_uid);
}

bool plan_credential(Draft& draft) {
  const auto& seen = draft.seen;
  const auto& resource = seen.resource;
  if (resource.projects_token()) return plan_access(draft);
  const bool is_ours = resource.issues_tokens() || resource.issues_certificates();
  if (!is_ours && !resource.followed()) return true;
  if (!seen.target_error && !seen.terminating) {
    if (seen.is_crowded) draft.look_again(seen.now + kCrowdedLook);
    if (resource.issues_tokens())
      plan_token(draft);
    else if (resource.issues_certificates())
      plan_certificate(draft);
    else
      plan_copied(draft);
  }
  return seen.delivered().has_value();
}

desired::Former former_identities(const Draft& draft) {
  const auto& seen = draft.seen;
  desired::Former former{.accounts = former_accounts(draft), .users = {}};
  const bool old_run = old_replicas_run(draft);
  const auto held = seen.delivered();
  if (held) {
    add(former.users, held->user);
    const bool is_overlap = seen.now < credentials::retire_at(wanted(draft), *held);
    if (is_overlap || (seen.resource.restarts() && old_run)) add(former.users, held->former_user);
  }
  const auto all = desired::names(seen.inputs());
  const auto& current = seen.resource.projects_token() ? all.access : all.credential;
  for (const auto& [key, object] : seen.world) {
    if (key.cluster != Cluster::runtime || key.ref.resource != kinds::kSecret) continue;
    // A federated one's name is whom the target was found to take it for.
    const bool is_used = key.ref.name == current ? seen.resource.is_federated() : old_run;
    if (is_used) add(former.users, object.annotation(desired::kUserAnnotation).value_or(""));
  }
  return former;
}

std::string asked_rotation(const Snapshot& snapshot) {
  constexpr std::string_view kOurs = "credentials:";
  const auto asked = snapshot.resource.object.annotation(desired::kRotateAnnotation).value_or("");
  if (asked.starts_with(kOurs)) return asked.substr(kOurs.size());
  return asked.contains(':') ? std::string() : asked;  // leaf: and ca: are about serving
}

base::TimePoint renewal_of(const Snapshot& snapshot, const credentials::Delivered& held) {
  const auto percent = snapshot.resource.spec.credentials.rotation.renew_after_percent;
  return credentials::renew_at(held, percent, early_part(snapshot, held.generation));
}

std::string credential_inputs(const Snapshot& snapshot) {
  auto inputs = snapshot.resource.has_certificate() ? inputs_of_certificate(snapshot)
                                                    : inputs_of_token(snapshot);
  inputs["server"] = snapshot.target.server;
  inputs["ca"] = snapshot.target.ca_pem;
  inputs["tlsServerName"] = snapshot.target.tls_server_name;
  inputs["namespace"] = snapshot.resource.target_namespace();
  inputs["mountPath"] = snapshot.resource.spec.credentials.delivery.mount_path;
  return crypto::sha256_hex(json::to_canonical_string(inputs)).substr(0, 16);
}

}  // namespace plan
