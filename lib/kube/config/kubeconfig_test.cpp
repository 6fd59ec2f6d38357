#include "kube/config/kubeconfig.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/base64.hpp"

namespace kube {
namespace {

// Fakes: the shape of PEM without anything in it.
const std::string kCa = "-----BEGIN CERTIFICATE-----\nZmFrZSBjYQ==\n-----END CERTIFICATE-----\n";
const std::string kKey = "-----BEGIN PRIVATE KEY-----\nZmFrZSBrZXk=\n-----END PRIVATE KEY-----\n";
// Stands in every place where a credential could stand, and must come out of no message.
const std::string kToken = "CREDENTIAL-that-nobody-may-see";

std::string encoded(std::string_view text) { return base::base64_encode(text); }

/// One cluster, one user, one context; tests replace parts.
struct Config {
  std::string head = "apiVersion: v1\nkind: Config\ncurrent-context: c\n";
  std::string cluster =
      "server: https://api.example:6443\n    certificate-authority-data: " + encoded(kCa);
  std::string user = "token: " + kToken;
  std::string context = "cluster: k\n    user: u";
  std::string text() const {
    return head + "clusters:\n- name: k\n  cluster:\n    " + cluster +
           "\nusers:\n- name: u\n  user:\n    " + user +
           "\ncontexts:\n- name: c\n  context:\n    " + context + "\n";
  }
};

std::string with_cluster(const std::string& more) {
  Config config;
  config.cluster += "\n    " + more;
  return config.text();
}
std::string with_server(const std::string& server) {
  Config config;
  config.cluster = "server: " + server + "\n    certificate-authority-data: " + encoded(kCa);
  return config.text();
}
std::string with_ca(const std::string& data) {
  Config config;
  config.cluster = "server: https://a\n    certificate-authority-data: " + data;
  return config.text();
}
std::string with_user(std::string user) {
  Config config;
  config.user = std::move(user);
  return config.text();
}
std::string with_head(std::string head) {
  Config config;
  config.head = std::move(head);
  return config.text();
}
std::string with_context(std::string context) {
  Config config;
  config.context = std::move(context);
  return config.text();
}

TEST(Kubeconfig, GivesWhatAClientNeeds) {
  Config written;
  written.context += "\n    namespace: garden";
  written.cluster += "\n    tls-server-name: kube.example";
  const auto config = parse_kubeconfig(written.text());
  ASSERT_TRUE(config.has_value()) << config.error().what;
  EXPECT_EQ(config->server, "https://api.example:6443");
  EXPECT_EQ(config->tls_server_name, "kube.example");
  EXPECT_EQ(config->ca_pem, kCa);
  EXPECT_EQ(config->token.reveal(), kToken);
  EXPECT_EQ(config->default_namespace, "garden");
  EXPECT_TRUE(config->certificate_pem.empty());
  EXPECT_TRUE(config->key_pem.empty());
}

TEST(Kubeconfig, TakesAClientCertificate) {
  const auto config = parse_kubeconfig(with_user("client-certificate-data: " + encoded(kCa) +
                                                 "\n    client-key-data: " + encoded(kKey)));
  ASSERT_TRUE(config.has_value()) << config.error().what;
  EXPECT_EQ(config->certificate_pem, kCa);
  EXPECT_EQ(config->key_pem.reveal(), kKey);
  EXPECT_TRUE(config->token.empty());
}

TEST(Kubeconfig, TakesFilesBelowAllowedDirectories) {
  const KubeconfigPolicy policy{.allowed_directories = {"/etc/other", "/var/run/x/"}};
  Config written;
  written.cluster = "server: https://a\n    certificate-authority: /etc/other/ca.crt";
  written.user =
      "tokenFile: /var/run/x/deep/token\n    client-certificate: /var/run/x/c\n    client-key: "
      "/var/run/x/k";
  const auto config = parse_kubeconfig(written.text(), policy);
  ASSERT_TRUE(config.has_value()) << config.error().what;
  EXPECT_EQ(config->ca_file, "/etc/other/ca.crt");
  EXPECT_EQ(config->token_file, "/var/run/x/deep/token");
  EXPECT_EQ(config->certificate_file, "/var/run/x/c");
  EXPECT_EQ(config->key_file, "/var/run/x/k");
}

struct Good {
  const char* what;
  std::string text;
};

TEST(Kubeconfig, TakesTheseToo) {
  const std::string json =
      R"({"apiVersion":"v1","kind":"Config","clusters":[{"name":"k",)"
      R"("cluster":{"server":"https:\/\/a",)"
      R"("insecure-skip-tls-verify":false,"certificate-authority-data":")" +
      encoded(kCa) +
      R"("}}],"users":[{"name":"u","user":{"token":"t","exec":null}}],)"
      R"("contexts":[{"name":"\ud83d\ude00","context":{"cluster":"k","user":"u"}}]})";
  std::string crlf;
  for (const char letter : Config{}.text())
    crlf += letter == '\n' ? std::string("\r\n") : std::string(1, letter);
  const Good cases[] = {
      {"one context needs no current-context", with_head("kind: Config\n")},
      {"no kind and no version, as client-go", with_head("current-context: c\n")},
      {"JSON", json},
      {"JSON after blanks", "\n  " + json},
      {"Windows line ends", crlf},
      {"a document marker", "---\n" + Config{}.text()},
      {"unknown members", with_head("kind: Config\npreferences: {colors: true}\nextensions: []\n")},
      {"empty refused members", with_user("token: t\n    exec:\n    username: ''\n    as: null")},
      {"verification not skipped", with_cluster("insecure-skip-tls-verify: false")},
      {"an empty proxy", with_cluster("proxy-url: ''")},
      {"a host without port", with_server("https://a.b")},
      {"an IPv4 host", with_server("https://10.0.0.1:443")},
      {"an IPv6 host", with_server("'https://[fd00::1]:443'")},
      {"a prefix", with_server("https://rancher.example/k8s/clusters/c-1")},
      {"a server name that is an address", with_cluster("tls-server-name: 10.0.0.1")},
      {"a CA in lines",
       with_ca("|\n      " + encoded(kCa).substr(0, 20) + "\n      " + encoded(kCa).substr(20))},
      {"several contexts of which one is current",
       with_context("cluster: k\n    user: u\n- name: other\n  context:\n    cluster: none\n    "
                    "user: none")},
      {"a program in a user that is not used",
       with_user("token: t\n- name: v\n  user:\n    exec: {command: rm}")},
  };
  for (const auto& one : cases) {
    const auto config = parse_kubeconfig(one.text);
    EXPECT_TRUE(config.has_value()) << one.what << ": " << (config ? "" : config.error().what);
  }
}

TEST(Kubeconfig, DropsTheSlashAfterTheServer) {
  EXPECT_EQ(parse_kubeconfig(with_server("https://a:1/"))->server, "https://a:1");
  EXPECT_EQ(parse_kubeconfig(with_server("https://a/p/q//"))->server, "https://a/p/q");
}

TEST(Kubeconfig, TakesTheCurrentContextOfSeveral) {
  Config written;
  written.head = "kind: Config\ncurrent-context: other\n";
  written.user = "token: first\n- name: v\n  user: {token: second}";
  written.context =
      "cluster: k\n    user: u\n- name: other\n  context: {cluster: k, user: v, namespace: n}";
  const auto config = parse_kubeconfig(written.text());
  ASSERT_TRUE(config.has_value()) << config.error().what;
  EXPECT_EQ(config->token.reveal(), "second");
  EXPECT_EQ(config->default_namespace, "n");
}

struct Bad {
  std::string text;
  std::vector<const char*> parts;  ///< of the message: the field, and the remedy
};

/// The error of a text that must be refused, its message checked for what may not stand in it.
std::string refusal_of(const std::string& text, const KubeconfigPolicy& files) {
  const auto config = parse_kubeconfig(text, files);
  if (config) return "accepted: " + text;
  EXPECT_EQ(config.error().kind, base::Error::Kind::invalid);
  for (const auto& hidden :
       {std::string("CREDENTIAL"), encoded(kCa), encoded(kKey), std::string("ZmFrZS")})
    EXPECT_FALSE(config.error().what.contains(hidden)) << config.error().what;
  return config.error().what;
}

void expect_refused(const std::vector<Bad>& cases, const KubeconfigPolicy& files = {}) {
  for (const auto& one : cases) {
    const auto message = refusal_of(one.text, files);
    EXPECT_TRUE(message.starts_with("kubeconfig: ")) << message;
    for (const auto* part : one.parts)
      EXPECT_TRUE(message.contains(part)) << part << " in: " << message;
  }
}

TEST(Kubeconfig, ThatMustHoldNothingElseIsRefusedWithMore) {
  const KubeconfigPolicy alone{.may_hold_more = false};
  EXPECT_TRUE(parse_kubeconfig(Config{}.text(), alone));
  const auto two = with_context("cluster: k\n    user: u\n- name: other\n  context: {cluster: k}");
  EXPECT_TRUE(parse_kubeconfig(two));
  expect_refused({{two, {"contexts: must be one", "--minify"}}}, alone);
}

TEST(Kubeconfig, RefusesWhatIsNoMapping) {
  expect_refused({
      {"", {"empty"}},
      {" \n\t\n", {"empty"}},
      {"just text", {"must be a mapping with kind: Config"}},
      {"- a\n- b\n", {"must be a mapping with kind: Config"}},
      {"42", {"must be a mapping"}},
      {"null", {"must be a mapping"}},
      {"key: [" + kToken, {"neither YAML nor JSON (line"}},
      {"{\"token\": \"" + kToken + "\"", {"(line"}},
      {"kind: Config\nkind: Config\n", {"the same key twice in one mapping (line 2"}},
      {std::string((1U << 18) + 1, 'a'), {"longer than 262144 bytes"}},
  });
}

TEST(Kubeconfig, RefusesAHeadThatLeadsNowhere) {
  expect_refused({
      {with_head("apiVersion: v1\nkind: Secret\n"), {"kind: must be Config"}},
      {with_head("apiVersion: v2\nkind: Config\n"), {"apiVersion: must be v1"}},
      {"kind: Config\n",
       {"clusters: required: must be a list", "users: required", "contexts: required"}},
      {"kind: Config\nclusters: {}\nusers: x\ncontexts:\n", {"clusters: required: must be a list"}},
      {with_head("kind: Config\ncurrent-context: nobody\n"),
       {"contexts: has no entry named \"nobody\": add it"}},
      {with_head("kind: Config\ncurrent-context: [c]\n"), {"current-context: must be a string"}},
      {with_head("kind: Config\ncurrent-context: \"c\\n" + kToken + "\"\n"),
       {"has no entry named the name given"}},
      {with_head("kind: Config\n").append("- name: second\n  context: {}\n"),
       {"current-context: required where there is not exactly one context"}},
      {"kind: Config\nclusters: []\nusers: []\ncontexts: []\n", {"current-context: required"}},
      {with_context("cluster: none\n    user: u"), {"clusters: has no entry named \"none\""}},
      {with_context("cluster: k\n    user: none"), {"users: has no entry named \"none\""}},
      {with_context("user: u"), {"clusters: has no entry named \"\""}},
      {with_context("cluster: k\n    user: u\n- name: c\n  context: {}"),
       {"contexts: has two entries named \"c\": remove one"}},
      {with_user("token: t\n- name: u\n  user: {token: x}"),
       {"users: has two entries named \"u\": remove one"}},
      {with_context("cluster: k\n    user: u\n    namespace: [a]"),
       {"contexts[0].context.namespace: must be a string"}},
      {"kind: Config\nclusters: []\nusers: []\ncontexts: [{name: c, context: x}]\n",
       {"contexts[0].context: required: must be a mapping"}},
      {"kind: Config\nclusters: []\nusers: []\ncontexts: [{name: c}]\n",
       {"contexts[0].context: required: must be a mapping"}},
  });
}

TEST(Kubeconfig, RefusesServersThatCannotBeTrusted) {
  const std::string user_info = "https://admin:" + kToken + "@a";
  expect_refused({
      {with_server("http://a"), {"clusters[0].cluster.server: must be an https:// URL"}},
      {with_server("a:6443"), {"server: must be an https:// URL"}},
      {with_server("unix:///var/run/x"), {"server: must be an https:// URL"}},
      {with_server("''"), {"server: required: give https://HOST[:PORT]"}},
      {with_server("[a]"), {"server: must be a string"}},
      {with_server("https://"), {"server: has no valid host"}},
      {with_server("https://:443"), {"server: has no valid host"}},
      {with_server("https://a:0"), {"server: has no valid port"}},
      {with_server("https://a:65536"), {"server: has no valid port"}},
      {with_server("https://a:x"), {"server: has no valid port"}},
      {with_server("'https://a:'"), {"server: has no valid port"}},
      {with_server("https://fd00::1"), {"server: has no valid port"}},
      {with_server("'https://[fd00::1'"), {"server: has no valid"}},
      {with_server("'https://[]'"), {"server: has no valid host"}},
      {with_server("https://a b"), {"server: must be one URL without blanks"}},
      {with_server("\"https://a\\r\\nHost: b\""), {"server: must be one URL without blanks"}},
      {with_server("https://a/?token=" + kToken), {"server: must not carry a query"}},
      {with_server("'https://a/#x'"), {"server: must not carry a query or a fragment"}},
      {with_server(user_info), {"server: must not carry user information"}},
      {with_server("https://a%2fb"), {"server: has no valid host"}},
      {with_cluster("insecure-skip-tls-verify: true"),
       {"clusters[0].cluster.insecure-skip-tls-verify: not allowed: give "
        "certificate-authority-data"}},
      {with_cluster("insecure-skip-tls-verify: yes"), {"insecure-skip-tls-verify: not allowed"}},
      {with_cluster("insecure-skip-tls-verify: [true]"), {"insecure-skip-tls-verify: not allowed"}},
      {with_cluster("proxy-url: http://user:" + kToken + "@proxy"),
       {"clusters[0].cluster.proxy-url: not allowed: the server must be reachable without a "
        "proxy"}},
      {with_cluster("tls-server-name: 'a b'"), {"tls-server-name: must be a DNS name"}},
      {with_cluster("tls-server-name: a:443"),
       {"tls-server-name: must be a DNS name or an IP address, without a port"}},
      {with_ca("''"), {"certificate-authority-data: required: give base64"}},
      {with_ca("'%%'"), {"certificate-authority-data: is no base64: give the PEM encoded"}},
      {with_ca(encoded("hello")), {"certificate-authority-data: is no PEM: give base64 of"}},
      {with_ca("'" + kCa.substr(0, 27) + "'"), {"certificate-authority-data: is no base64"}},
      {with_ca(encoded(kCa.substr(0, 40))), {"certificate-authority-data: is broken PEM"}},
      {with_ca(encoded(kCa + kKey)), {"certificate-authority-data: must hold certificates only"}},
      {with_cluster("certificate-authority: /etc/ca"),
       {"certificate-authority: excludes certificate-authority-data",
        "certificate-authority: names a file, which is not allowed here"}},
  });
}

TEST(Kubeconfig, RefusesUsersThatRunReadOrPretend) {
  const auto key = encoded(kKey);
  const auto certificate = encoded(kCa);
  const std::string encrypted = encoded(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nZmFrZQ==\n-----END ENCRYPTED PRIVATE KEY-----\n");
  const std::string old_encrypted = encoded(
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
      "AES\n\nZmFrZQ==\n-----END RSA PRIVATE KEY-----\n");
  expect_refused({
      {with_user("exec: {command: " + kToken + "}"),
       {"users[0].user.exec: not allowed: it runs a program; give token"}},
      {with_user("token: t\n    exec: {}"), {"users[0].user.exec: not allowed"}},
      {with_user("exec: x"), {"users[0].user.exec: not allowed"}},
      {with_user("auth-provider: {name: gcp}"),
       {"users[0].user.auth-provider: not allowed: it runs a plug-in"}},
      {with_user("username: admin\n    password: " + kToken),
       {"user.username: not allowed: basic authentication", "user.password: not allowed"}},
      {with_user("token: t\n    as: admin"), {"user.as: not allowed: no impersonation"}},
      {with_user("token: t\n    as-groups: ['system:masters']"), {"user.as-groups: not allowed"}},
      {with_user("token: t\n    as-uid: x"), {"user.as-uid: not allowed"}},
      {with_user("token: t\n    as-user-extra: {a: [b]}"), {"user.as-user-extra: not allowed"}},
      {with_user("{}"), {"users[0].user.token: required: there is no credential"}},
      {with_user("token: ''"), {"user.token: required: there is no credential"}},
      {with_user("other: x"), {"user.token: required: there is no credential"}},
      {with_user("[]"), {"users[0].user: required: must be a mapping"}},
      {with_user("token: [" + kToken + "]"), {"user.token: must be a string"}},
      {with_user("token: '" + kToken + " x'"), {"user.token: must be one word"}},
      {with_user("token: \"" + kToken + "\\n\""),
       {"user.token: must be one word: remove blanks and line breaks"}},
      {with_user("token: t\n    tokenFile: /t"), {"user.tokenFile: excludes token: remove one"}},
      {with_user("tokenFile: /var/run/secrets/token"),
       {"user.tokenFile: names a file, which is not allowed here: give the content itself"}},
      {with_user("client-certificate: /a\n    client-key: /b"),
       {"user.client-certificate: names a file", "user.client-key: names a file"}},
      {with_user("client-certificate-data: " + certificate),
       {"user.client-key-data: required with a client certificate"}},
      {with_user("client-key-data: " + key),
       {"user.client-certificate-data: required with a client key"}},
      {with_user("client-certificate-data: " + certificate + "\n    client-key-data: '#'"),
       {"user.client-key-data: is no base64"}},
      {with_user("client-certificate-data: " + certificate +
                 "\n    client-key-data: " + certificate),
       {"user.client-key-data: is no PEM: give base64 of a -----BEGIN PRIVATE KEY-----"}},
      {with_user("client-certificate-data: " + key + "\n    client-key-data: " + key),
       {"user.client-certificate-data: must hold certificates only"}},
      {with_user("client-certificate-data: " + certificate + "\n    client-key-data: " + encrypted),
       {"user.client-key-data: is encrypted: give the key without a pass phrase"}},
      {with_user("client-certificate-data: " + certificate +
                 "\n    client-key-data: " + old_encrypted),
       {"user.client-key-data: is encrypted"}},
      {with_user("client-certificate-data: " + certificate +
                 "\n    client-key-data: " + encoded(kKey.substr(0, 50))),
       {"user.client-key-data: is broken PEM"}},
      {with_user("client-certificate-data: " + certificate +
                 "\n    client-certificate: /a\n    client-key-data: " + key),
       {"user.client-certificate: excludes client-certificate-data"}},
  });
}

TEST(Kubeconfig, RefusesFilesOutsideOfItsPolicy) {
  std::vector<Bad> cases;
  for (const auto* path : {"/etc/passwd", "/allowed", "/allowedx/token", "/"})
    cases.push_back({with_user(std::string("tokenFile: ") + path), {"users[0].user.tokenFile: "}});
  for (const auto* path :
       {"/allowed/../etc/passwd", "/allowed/./x", "/allowed//x", "/allowed/..", "/allowed/x/"})
    cases.push_back({with_user(std::string("tokenFile: ") + path),
                     {"users[0].user.tokenFile: must be a plain path"}});
  for (const auto* path : {"token", "./token", "../allowed/x", "allowed/x"})
    cases.push_back({with_user(std::string("tokenFile: ") + path),
                     {"users[0].user.tokenFile: must be an absolute path"}});
  cases.push_back(
      {with_user("tokenFile: " + kToken), {"users[0].user.tokenFile: must be an absolute path"}});
  cases.push_back({with_user("tokenFile: /etc/x"),
                   {"outside of the allowed directories: give one below /allowed"}});
  expect_refused(cases, {.allowed_directories = {"/allowed", ""}});
}

TEST(Kubeconfig, NamesEveryProblemAtOnce) {
  Config written;
  written.cluster = "server: http://a\n    insecure-skip-tls-verify: true";
  written.user = "exec: {}\n    as: x";
  const auto config = parse_kubeconfig(written.text());
  ASSERT_FALSE(config.has_value());
  for (const auto* field : {"cluster.server: ", "insecure-skip-tls-verify: ",
                            "certificate-authority-data: ", "user.exec: ", "user.as: "})
    EXPECT_NE(config.error().what.find(field), std::string::npos) << config.error().what;
}

}  // namespace
}  // namespace kube
