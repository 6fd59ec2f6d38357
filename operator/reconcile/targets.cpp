#include "operator/reconcile/targets.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"

namespace reconcile {
namespace {

namespace kinds = kube::kinds;

base::Error because(std::string_view reason, base::Error error) {
  if (error.reason.empty() || !error.is(base::Error::Kind::transient)) error.reason = reason;
  return error;
}

base::Error access_error(std::string_view reason, const std::string& what) {
  return {.kind = base::Error::Kind::invalid, .what = what, .reason = std::string(reason)};
}

/// The kubeconfig's text out of its Secret.
base::Result<std::string> text_of(const std::optional<kube::Object>& secret,
                                  const std::string& name, const std::string& key) {
  if (!secret)
    return base::fail(access_error("AccessSecretMissing", "Secret " + name + " does not exist"));
  const auto* encoded = secret->at("data").at(key).as_string();
  if (!encoded)
    return base::fail(access_error("AccessSecretInvalid", "Secret " + name + " has no key " + key));
  auto text = base::base64_decode(*encoded);
  if (!text || text->empty())
    return base::fail(
        access_error("AccessSecretInvalid", "key " + key + " of Secret " + name + " is empty"));
  return std::move(*text);
}

plan::TargetFacts facts_of(const kube::ClientConfig& config) {
  return {
      .server = config.server, .ca_pem = config.ca_pem, .tls_server_name = config.tls_server_name};
}

std::optional<plan::Term> term_in(const kube::ClientConfig& config) {
  if (!config.certificate_pem.empty()) {
    const auto info = crypto::read_certificate(config.certificate_pem);
    if (!info) return std::nullopt;
    return plan::Term{info->validity.not_before, info->validity.not_after};
  }
  const auto facts = kube::read_token_facts(config.token.reveal());
  if (!facts || !facts->issued_at || !facts->expires_at) return std::nullopt;
  const auto at = [](std::int64_t seconds) {
    return base::TimePoint(std::chrono::seconds(seconds));
  };
  return plan::Term{at(*facts->issued_at), at(*facts->expires_at)};
}

api::SecretKeyRef with_key(api::SecretKeyRef ref, std::string_view fallback) {
  if (ref.key.empty()) ref.key = fallback;
  return ref;
}

/// A token beside the kubeconfig (TokenRequestor) stands for the file that the kubeconfig names: no
/// file is read for it.
base::Result<kube::ClientConfig> parse_access(const std::string& text, base::Secret token) {
  if (token.empty()) return kube::parse_kubeconfig(text, {.may_hold_more = false});
  TRY(auto config,
      kube::parse_kubeconfig(text, {.allowed_directories = {"/"}, .may_hold_more = false}));
  if (!config.ca_file.empty() || !config.certificate_file.empty() || !config.key_file.empty())
    return base::fail(base::invalid(
        "it names files for a CA or a certificate: only the token's may stand in another Secret"));
  config.token_file.clear();
  config.token = std::move(token);
  return config;
}

std::string view_name(const std::string& id) {
  return id.empty() ? "local target" : "target " + id;
}

}  // namespace

base::Error unreachable(base::Error error) {
  using Kind = base::Error::Kind;
  if (error.is(Kind::unauthenticated)) return because("Unauthorized", std::move(error));
  if (error.is(Kind::denied)) return because("Forbidden", std::move(error));
  if (error.what.contains("certificate verify failed")) error.reason = "CertificateNotTrusted";
  if (error.reason.empty()) error.reason = "Unreachable";
  error.kind = Kind::transient;
  return error;
}

Targets::Targets(ClusterView& runtime, Connector& connector, ClusterView::Parts parts,
                 plan::TargetFacts local, std::function<void(const std::string&)> on_access_change)
    : runtime_(runtime),
      connector_(connector),
      parts_(std::move(parts)),
      local_(std::move(local)),
      on_access_change_(std::move(on_access_change)) {}

std::string Targets::id_of(const api::AdmissionDeployment& resource) {
  if (!resource.spec.target.access) return {};
  const auto& access = *resource.spec.target.access;
  auto id = resource.namespace_name() + "/" + access.secret_ref.name + "/" + access.secret_ref.key;
  if (const auto& token = access.token_secret_ref) id += "/" + token->name + "/" + token->key;
  return id;
}

std::set<std::string> Targets::secrets_of(const api::AdmissionDeployment& resource) {
  std::set<std::string> names;
  if (const auto& access = resource.spec.target.access) {
    names.insert(access->secret_ref.name);
    if (access->token_secret_ref) names.insert(access->token_secret_ref->name);
  }
  if (const auto copied = resource.followed()) names.insert(copied->name);
  return names;
}

kube::Task<Targets::Use> Targets::take_up(api::AdmissionDeployment resource) {
  const auto use = use_of(resource);
  auto key = resource.namespace_name() + "/" + resource.name();
  co_await set_use(std::move(key), use);
  for (const auto& what : use.runtime) runtime_.watch(what);
  co_return use;
}

std::optional<plan::Term> Targets::term_of(const api::AdmissionDeployment& resource) const {
  const auto found = targets_.find(id_of(resource));
  return found == targets_.end() ? std::nullopt : found->second->term;
}

bool Targets::is_crowded(Target& target) const {
  const auto then = target.view->since_boot() - std::chrono::minutes(1);
  std::erase_if(target.issues, [&](base::BootTime when) { return when <= then; });
  const auto users = std::ranges::count_if(uses_, [&](const auto& use) {
    const auto found = targets_.find(use.second.id);
    return found != targets_.end() && found->second.get() == &target;
  });
  return target.issues.size() >= std::max<std::size_t>(20, static_cast<std::size_t>(users) / 20);
}

kube::Task<Connection*> Targets::anywhere(api::AdmissionDeployment resource) {
  (void)co_await take_up(std::move(resource));
  if (!anywhere_) anywhere_ = connector_.runtime();
  co_return anywhere_.get();
}

kube::Task<base::Result<std::string>> Targets::read(std::string namespace_name,
                                                    api::SecretKeyRef ref) {
  kube::ObjectRef secret{kinds::kSecret, namespace_name, ref.name};
  auto found = co_await kube::find(runtime_.api(), std::move(secret));
  CO_TRY(const auto object, std::move(found));
  co_return text_of(object, namespace_name + "/" + ref.name, ref.key);
}

std::shared_ptr<Target> Targets::make(std::unique_ptr<Connection> connection, const std::string& id,
                                      plan::TargetFacts facts, std::string fingerprint) {
  auto target = std::make_shared<Target>();
  target->facts = std::move(facts);
  target->fingerprint = std::move(fingerprint);
  target->connection = std::move(connection);
  auto parts = parts_;
  parts.on_health = [this, id] { on_access_change_(id); };
  target->view =
      std::make_unique<ClusterView>(view_name(id), target->connection->api(), std::move(parts));
  targets_[id] = target;
  return target;
}

kube::Task<base::Result<std::shared_ptr<Target>>> Targets::open(std::string id,
                                                                std::string namespace_name,
                                                                api::Access access) {
  auto ref = with_key(access.secret_ref, "kubeconfig");
  auto text_answer = co_await read(namespace_name, ref);
  CO_TRY(auto text, std::move(text_answer));
  base::Secret token;
  if (access.token_secret_ref) {
    auto token_answer = co_await read(namespace_name, with_key(*access.token_secret_ref, "token"));
    CO_TRY(auto bytes, std::move(token_answer));
    while (bytes.ends_with('\n')) bytes.pop_back();
    token = base::Secret::consume(bytes);
  }
  const auto fingerprint = crypto::sha256_hex(text + std::string(token.reveal()));
  const auto current = targets_.find(id);
  if (current != targets_.end() && current->second->fingerprint == fingerprint)
    co_return current->second;
  auto config = parse_access(text, std::move(token));
  base::wipe(text);
  if (!config) {
    const auto doing = "key " + ref.key + " of Secret " + namespace_name + "/" + ref.name;
    auto error = because("AccessSecretInvalid", config.error());
    co_return base::fail(base::explain(doing, std::move(error)));
  }
  const auto facts = facts_of(*config);
  const auto term = term_in(*config);
  if (current != targets_.end() && current->second->facts.server == facts.server) {
    auto target = current->second;
    CO_TRY_VOID(target->connection->use(std::move(*config)));
    target->facts = facts;
    target->term = term;
    target->fingerprint = fingerprint;
    co_return target;
  }
  const auto old = current != targets_.end() ? current->second : nullptr;
  CO_TRY(auto connection, connector_.connect(view_name(id), std::move(*config)));
  // Kept before anything is awaited: another reconcile must find it and not make a second one.
  auto target = make(std::move(connection), id, facts, fingerprint);
  target->term = term;
  if (old) co_await old->view->close();
  co_return target;
}

Targets::Use Targets::use_of(const api::AdmissionDeployment& resource) {
  Use use{.id = id_of(resource)};
  for (const auto& name : secrets_of(resource))
    use.runtime.insert(
        {.kind = kinds::kSecret, .namespace_name = resource.namespace_name(), .name = name});
  if (resource.is_unmanaged()) return use;
  for (const auto* kind :
       {&kinds::kClusterRole, &kinds::kClusterRoleBinding, &kinds::kRole, &kinds::kRoleBinding,
        &kinds::kValidatingWebhookConfiguration, &kinds::kMutatingWebhookConfiguration})
    use.target.insert({.kind = *kind, .namespace_name = ""});
  if (resource.is_remote()) {
    use.target.insert({.kind = kinds::kNamespace, .namespace_name = ""});
    for (const auto* kind : {&kinds::kServiceAccount, &kinds::kSecret})
      use.target.insert({.kind = *kind, .namespace_name = resource.target_namespace()});
  }
  if (resource.issues_certificates())
    use.target.insert({.kind = kinds::kCertificateSigningRequest, .namespace_name = ""});
  return use;
}

std::set<Watched> Targets::unused(const Use& old, std::set<Watched> Use::* where) const {
  auto left = old.*where;
  for (const auto& [key, use] : uses_)
    if (where == &Use::runtime || use.id == old.id)
      std::erase_if(left, [&](const Watched& one) { return (use.*where).contains(one); });
  return left;
}

kube::Task<> Targets::set_use(std::string key, std::optional<Use> use) {
  const auto known = uses_.find(key);
  if (known != uses_.end() && known->second == use) co_return;
  const auto old = uses_.extract(key);
  if (use) uses_.emplace(std::move(key), std::move(*use));
  if (!old) co_return;
  const auto& before = old.mapped();
  co_await runtime_.forget(unused(before, &Use::runtime));
  const auto found = targets_.find(before.id);
  if (found == targets_.end()) co_return;
  const auto target = found->second;
  const auto is_same = [&](const auto& entry) { return entry.second.id == before.id; };
  if (std::ranges::none_of(uses_, is_same)) targets_.erase(found);
  co_await target->view->forget(unused(before, &Use::target));
}

kube::Task<base::Result<std::shared_ptr<Target>>> Targets::reach(
    api::AdmissionDeployment resource, std::chrono::milliseconds patience) {
  const auto use = co_await take_up(resource);
  std::shared_ptr<Target> target;
  if (!resource.spec.target.access) {
    const auto local = targets_.find(use.id);
    target =
        local != targets_.end() ? local->second : make(connector_.runtime(), use.id, local_, "");
  } else {
    const auto access = *resource.spec.target.access;
    auto opened = co_await open(use.id, resource.namespace_name(), access);
    CO_TRY(target, std::move(opened));
  }
  for (const auto& what : use.target) target->view->watch(what);
  co_await target->view->wait_synced(use.target, kube::Deadline::in(patience));
  if (auto trouble = target->view->trouble(use.target))
    co_return base::fail(unreachable(std::move(*trouble)));
  co_return target;
}

kube::Task<> Targets::release(std::string key) { return set_use(std::move(key), std::nullopt); }

kube::Task<> Targets::close() {
  uses_.clear();
  const auto ended = std::exchange(targets_, {});
  for (const auto& [id, target] : ended) co_await target->view->close();
}

}  // namespace reconcile
