#include "kube/config/kubeconfig.hpp"

#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "base/field_path.hpp"
#include "kube/config/checks.hpp"
#include "kube/config/yaml.hpp"

namespace kube {
namespace {

/// A mapping of the document, where it stands, and where complaints about it go.
class Section {
 public:
  Section(const json::Value& value, base::FieldPath path, std::vector<base::Problem>& problems)
      : value_(&value), path_(std::move(path)), problems_(&problems) {}

  bool has(std::string_view key) const {
    const auto& member = value_->at(key);
    return !member.is_null() && member.string_or("x") != "";
  }
  void complain(std::string_view key, std::string message) const {
    if (!message.empty()) problems_->push_back({path_.field(key), std::move(message)});
  }
  void refuse(std::string_view key, std::string_view remedy) const {
    if (has(key)) complain(key, "not allowed: " + std::string(remedy));
  }
  /// "" where it is absent, or no text (a problem).
  std::string text(std::string_view key) const {
    const auto& member = value_->at(key);
    if (!member.is_null() && member.as_string() == nullptr) complain(key, "must be a string");
    return std::string(member.string_or(""));
  }
  template <class Check>
  std::string checked(std::string_view key, const Check& why_not) const {
    auto value = text(key);
    if (!value.empty()) complain(key, why_not(value));
    return value;
  }
  /// The decoded bytes of a -data member.
  template <class Check>
  std::string data(std::string_view key, const Check& why_not) const {
    auto encoded = text(key);
    if (encoded.empty()) return {};
    auto decoded = base::base64_decode(encoded);
    base::wipe(encoded);
    if (!decoded) {
      complain(key, "is no base64: give the PEM encoded with `base64 -w0`");
      return {};
    }
    complain(key, why_not(*decoded));
    return *std::move(decoded);
  }
  Section section(std::string_view key) const {
    const auto& member = value_->at(key);
    if (member.as_object() == nullptr) complain(key, "required: must be a mapping");
    return {member, path_.field(key), *problems_};
  }
  const json::Value& value() const { return *value_; }
  std::size_t problem_count() const { return problems_->size(); }

 private:
  const json::Value* value_;
  base::FieldPath path_;
  std::vector<base::Problem>* problems_;
};

/// A name as it may stand in a message: somebody may have put anything there.
std::string quoted(std::string_view name) {
  constexpr std::size_t kMost = 63;
  const auto fits = [](char letter) { return letter >= ' ' && letter < 0x7f; };
  const bool is_plain = name.size() <= kMost && std::ranges::all_of(name, fits);
  return is_plain ? "\"" + std::string(name) + "\"" : std::string("the name given");
}

/// The entry of `list` called `name`, as its section `member`.
std::optional<Section> find_named(const json::Value& root, std::string_view list,
                                  std::string_view member, std::string_view name,
                                  std::vector<base::Problem>& problems) {
  const base::FieldPath path{std::string(list)};
  const auto& items = root.at(list).items();
  const auto is_it = [&](const json::Value& item) { return item.at("name").string_or("") == name; };
  const auto first = std::ranges::find_if(items, is_it);
  if (first == items.end()) {
    problems.push_back({path, "has no entry named " + quoted(name) + ": add it, or name another"});
    return std::nullopt;
  }
  if (std::find_if(first + 1, items.end(), is_it) != items.end()) {
    problems.push_back({path, "has two entries named " + quoted(name) + ": remove one"});
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(first - items.begin());
  return Section(*first, path.index(index), problems).section(member);
}

void check_head(const Section& root) {
  if (root.value().at("kind").string_or("Config") != "Config")
    root.complain("kind", "must be Config: this is no kubeconfig");
  if (root.value().at("apiVersion").string_or("v1") != "v1")
    root.complain("apiVersion", "must be v1");
  for (const auto* list : {"clusters", "users", "contexts"})
    if (root.value().at(list).as_array() == nullptr)
      root.complain(list, "required: must be a list");
}

void check_only_one(const Section& root) {
  for (const auto* list : {"contexts", "clusters", "users"})
    if (root.value().at(list).items().size() > 1)
      root.complain(list,
                    "must be one, and here is more: make a file of what is used alone with "
                    "kubectl config view --raw --minify --flatten");
}

/// current-context, or the only one there is.
std::optional<std::string> chosen_context(const Section& root) {
  if (auto current = root.text("current-context"); !current.empty()) return current;
  const auto& contexts = root.value().at("contexts").items();
  if (contexts.size() == 1) return std::string(contexts.front().at("name").string_or(""));
  root.complain("current-context",
                "required where there is not exactly one context: name one of contexts");
  return std::nullopt;
}

/// Content and file name of the same thing exclude each other.
void check_not_both(const Section& section, std::string_view data, std::string_view file) {
  if (section.has(data) && section.has(file))
    section.complain(file, "excludes " + std::string(data) + ": remove one of them");
}

std::string file_of(const Section& section, std::string_view key, const KubeconfigPolicy& policy) {
  return section.checked(key, [&](std::string_view path) { return why_not_file(path, policy); });
}

std::string server_of(const Section& cluster) {
  auto server = cluster.text("server");
  cluster.complain("server", why_not_server(server));
  while (server.ends_with('/')) server.pop_back();
  return server;
}

void check_verification(const Section& cluster) {
  const auto& skip = cluster.value().at("insecure-skip-tls-verify");
  const auto* flag = skip.as_bool();
  const bool is_off =
      skip.is_null() || (flag != nullptr && !*flag) || skip.string_or("") == "false";
  if (!is_off)
    cluster.complain("insecure-skip-tls-verify",
                     "not allowed: give certificate-authority-data instead");
}

void read_cluster(const Section& cluster, const KubeconfigPolicy& policy, ClientConfig& config) {
  check_verification(cluster);
  cluster.refuse("proxy-url", "the server must be reachable without a proxy");
  check_not_both(cluster, "certificate-authority-data", "certificate-authority");
  config.server = server_of(cluster);
  config.tls_server_name = cluster.checked("tls-server-name", why_not_tls_server_name);
  config.ca_pem = cluster.data("certificate-authority-data", why_not_certificates);
  config.ca_file = file_of(cluster, "certificate-authority", policy);
  if (!cluster.has("certificate-authority-data") && !cluster.has("certificate-authority"))
    cluster.complain("certificate-authority-data",
                     "required: give base64 of the server's CA certificates in PEM");
}

void refuse_other_users(const Section& user) {
  static constexpr std::string_view kInstead =
      "give token, or client-certificate-data with client-key-data";
  user.refuse("exec", "it runs a program; " + std::string(kInstead));
  user.refuse("auth-provider", "it runs a plug-in; " + std::string(kInstead));
  user.refuse("username", "basic authentication is gone from Kubernetes; " + std::string(kInstead));
  user.refuse("password", "basic authentication is gone from Kubernetes; " + std::string(kInstead));
  for (const auto* key : {"as", "as-uid", "as-groups", "as-user-extra"})
    user.refuse(key, "no impersonation; give the credential of the user itself");
}

void read_key_pair(const Section& user, const KubeconfigPolicy& policy, ClientConfig& config) {
  check_not_both(user, "client-certificate-data", "client-certificate");
  check_not_both(user, "client-key-data", "client-key");
  config.certificate_pem = user.data("client-certificate-data", why_not_certificates);
  config.certificate_file = file_of(user, "client-certificate", policy);
  auto key = user.data("client-key-data", why_not_private_key);
  config.key_pem = base::Secret::consume(key);
  config.key_file = file_of(user, "client-key", policy);
  const bool has_certificate =
      user.has("client-certificate-data") || user.has("client-certificate");
  const bool has_key = user.has("client-key-data") || user.has("client-key");
  if (has_certificate && !has_key)
    user.complain("client-key-data", "required with a client certificate: give its private key");
  if (has_key && !has_certificate)
    user.complain("client-certificate-data", "required with a client key: give its certificate");
}

bool has_credential(const Section& user) {
  static constexpr std::string_view kSources[] = {
      "token",      "tokenFile",      "client-certificate-data", "client-certificate",
      "client-key", "client-key-data"};
  return std::ranges::any_of(kSources, [&](std::string_view key) { return user.has(key); });
}

void read_user(const Section& user, const KubeconfigPolicy& policy, ClientConfig& config) {
  const auto before = user.problem_count();
  refuse_other_users(user);
  check_not_both(user, "token", "tokenFile");
  auto token = user.checked("token", why_not_token);
  config.token = base::Secret::consume(token);
  config.token_file = file_of(user, "tokenFile", policy);
  read_key_pair(user, policy, config);
  if (user.problem_count() == before && !has_credential(user))
    user.complain("token",
                  "required: there is no credential; give token, or "
                  "client-certificate-data with client-key-data");
}

void read_context(const Section& root, const KubeconfigPolicy& policy,
                  std::vector<base::Problem>& problems, ClientConfig& config) {
  const auto name = chosen_context(root);
  if (!name) return;
  const auto context = find_named(root.value(), "contexts", "context", *name, problems);
  if (!context) return;
  config.default_namespace = context->text("namespace");
  const auto cluster =
      find_named(root.value(), "clusters", "cluster", context->text("cluster"), problems);
  const auto user = find_named(root.value(), "users", "user", context->text("user"), problems);
  if (cluster) read_cluster(*cluster, policy, config);
  if (user) read_user(*user, policy, config);
}

}  // namespace

base::Result<ClientConfig> parse_kubeconfig(std::string_view text, const KubeconfigPolicy& policy) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return base::fail(base::invalid("kubeconfig: empty"));
  auto document = read_yaml(text);
  if (!document) return base::fail(base::explain("kubeconfig", std::move(document).error()));
  if (document->as_object() == nullptr)
    return base::fail(base::invalid("kubeconfig: must be a mapping with kind: Config"));
  std::vector<base::Problem> problems;
  ClientConfig config;
  const Section root(*document, {}, problems);
  check_head(root);
  if (!policy.may_hold_more) check_only_one(root);
  if (problems.empty()) read_context(root, policy, problems, config);
  if (!problems.empty())
    return base::fail(base::invalid("kubeconfig: " + base::to_string(problems)));
  return config;
}

}  // namespace kube
