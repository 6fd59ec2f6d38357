#include "webhook/app/flags.hpp"

#include <gtest/gtest.h>

#include "crypto/test_certificates.hpp"

namespace webhook {
namespace {

Command parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "portcullis-webhook-alicloud");
  return parse_flags(static_cast<int>(arguments.size()), arguments.data());
}

std::string complaint(std::vector<const char*> arguments) {
  testing::internal::CaptureStderr();
  const auto command = parse(std::move(arguments));
  auto text = testing::internal::GetCapturedStderr();
  const auto* done = std::get_if<Done>(&command);
  return done != nullptr && done->exit_code == 1 ? text : "accepted";
}

TEST(Flags, TakeTheCommandLineOfTheChart) {
  const auto command =
      parse({"--webhook-config-server-port=10250", "--webhook-config-cert-dir=/certs",
             "--metrics-bind-address=:9090", "--health-bind-address=0", "--log-level=error",
             "--log-format=json", "--kubeconfig=/k", "--drain-timeout=1.5"});
  const auto* flags = std::get_if<ServeFlags>(&command);
  ASSERT_NE(flags, nullptr);
  EXPECT_EQ(flags->settings.webhook.port, 10250);
  EXPECT_EQ(flags->settings.certificate_folder, "/certs");
  EXPECT_EQ(flags->settings.metrics->port, 9090);
  EXPECT_FALSE(flags->settings.health);
  EXPECT_EQ(flags->log_level, base::Log::Level::error);
  EXPECT_EQ(flags->kubeconfig, "/k");
  EXPECT_EQ(flags->settings.drain_timeout, std::chrono::milliseconds(1500));
}

TEST(Flags, FindTheCertificatesThatAnOperatorMounts) {
  const crypto::TemporaryFolder root;
  const auto made = [&](const std::string& folder) {
    std::filesystem::create_directories(root.path() + folder);
    return default_certificate_folder(root.path());
  };
  EXPECT_EQ(made("/tmp"), "/tmp/admission-alicloud-cert");
  EXPECT_EQ(made("/var/run/secrets/portcullis-tls"), "/var/run/secrets/portcullis-tls");
  EXPECT_EQ(made("/tmp/admission-alicloud-cert"), "/tmp/admission-alicloud-cert")
      << "a Pod of the Go program's";
}

TEST(Flags, TheGardenOfTheEnvironmentWins) {
  ::setenv("GARDEN_KUBECONFIG", "/garden", 1);
  const auto command = parse({"--kubeconfig=/k"});
  ::unsetenv("GARDEN_KUBECONFIG");
  EXPECT_EQ(std::get<ServeFlags>(command).kubeconfig, "/garden");
}

TEST(Flags, NameWhoMayCallAndWhereTheCloudIs) {
  const auto command =
      parse({"--client-ca-file=/ca", "--client-subjects=a,b", "--connection-age=600",
             "--access-log", "--cloud-endpoint=https://stub:1", "--cloud-ca-file=/roots"});
  const auto* flags = std::get_if<ServeFlags>(&command);
  ASSERT_NE(flags, nullptr);
  EXPECT_EQ(flags->settings.clients.ca_file, "/ca");
  EXPECT_EQ(flags->settings.clients.subjects, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(flags->settings.connection_age, std::chrono::minutes(10));
  EXPECT_TRUE(flags->settings.reporting.access_log);
  EXPECT_EQ(flags->cloud_endpoint, "https://stub:1");
  EXPECT_EQ(flags->cloud_ca_file, "/roots");
  EXPECT_NE(complaint({"--client-subjects=a"}).find("--client-ca-file"), std::string::npos);
}

/// Sets a variable while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(Variable&&) = delete;

 private:
  const char* name_;
};

TEST(Flags, NameTheServerAndWhatIsNotServed) {
  const auto command =
      parse({"--master=https://api:6443", "--disable-webhooks=validator,shoots.mutator"});
  const auto* flags = std::get_if<ServeFlags>(&command);
  ASSERT_NE(flags, nullptr);
  EXPECT_EQ(flags->master, "https://api:6443");
  EXPECT_EQ(flags->settings.paths, (std::vector<std::string_view>{"/webhooks/validate/secrets"}));
  EXPECT_TRUE(std::get<ServeFlags>(parse({"--disable-webhooks=*"})).settings.paths.empty());
  EXPECT_EQ(std::get<ServeFlags>(parse({})).settings.paths.size(), 3u);
  EXPECT_NE(complaint({"--disable-webhooks=x"}).find("cannot disable unknown webhook \"x\""),
            std::string::npos);
}

TEST(Flags, TakeTheRevisionThatTheOperatorHandsOver) {
  EXPECT_EQ(std::get<ServeFlags>(parse({})).settings.reporting.revision, version());
  const Variable revision("PORTCULLIS_REVISION", "0123abcdef");
  EXPECT_EQ(std::get<ServeFlags>(parse({})).settings.reporting.revision, "0123abcdef");
  EXPECT_EQ(std::get<ServeFlags>(parse({"--revision=x"})).settings.reporting.revision, "x");
}

TEST(Flags, LookForAKubeconfigWhereTheGoProgramDoes) {
  const Variable home("HOME", "/nowhere");
  EXPECT_EQ(std::get<ServeFlags>(parse({})).kubeconfig, "");
  const Variable named("KUBECONFIG", "/named");
  EXPECT_EQ(std::get<ServeFlags>(parse({})).kubeconfig, "/named");
}

TEST(Flags, SayWhichVariablesHaveNoEffect) {
  EXPECT_TRUE(unused_variables().empty());
  EXPECT_FALSE(std::get<ServeFlags>(parse({})).has_source_cluster);
  const Variable source("SOURCE_CLUSTER", "enabled");
  const Variable space("WEBHOOK_CONFIG_NAMESPACE", "garden");
  const Variable empty("LEADER_ELECTION_NAMESPACE", "");
  EXPECT_TRUE(std::get<ServeFlags>(parse({})).has_source_cluster);
  const auto unused = unused_variables();
  ASSERT_EQ(unused.size(), 2u);
  EXPECT_EQ(unused[0].first, "SOURCE_CLUSTER");
  EXPECT_NE(unused[1].second.find("cert-manager"), std::string::npos);
}

TEST(Flags, CloseConnectionsThatAreOld) {
  EXPECT_EQ(std::get<ServeFlags>(parse({})).settings.connection_age, std::chrono::minutes(5));
}

TEST(Flags, RefuseWhatOthersDoNowAndSayWho) {
  EXPECT_NE(complaint({"--leader-election=false"}).find("no replica leads"), std::string::npos);
  EXPECT_NE(complaint({"--leader-election"}).find("no replica leads"), std::string::npos);
  EXPECT_NE(complaint({"--webhook-config-mode", "url"}).find("Portcullis"), std::string::npos);
  EXPECT_NE(complaint({"--webhook-config-namespace=garden"}).find("cert-manager"),
            std::string::npos);
  EXPECT_NE(complaint({"--log-format=text"}).find("--log-format: text is not offered"),
            std::string::npos);
}

TEST(Flags, ComplainAboutWhatIsWrong) {
  EXPECT_NE(complaint({"--no-such-flag"}).find("no-such-flag"), std::string::npos);
  EXPECT_NE(complaint({"--metrics-bind-address=99x"}).find("--metrics-bind-address"),
            std::string::npos);
  EXPECT_NE(complaint({"--log-level=loud"}).find("invalid --log-level: loud"), std::string::npos);
  EXPECT_NE(complaint({"--threads=0"}), "accepted");
  EXPECT_NE(complaint({"replay"}), "accepted");
}

TEST(Flags, KnowTheReplayCommand) {
  const auto command = parse({"replay", "--answers", "out", "a.json", "folder"});
  const auto* options = std::get_if<replay::Options>(&command);
  ASSERT_NE(options, nullptr);
  EXPECT_EQ(options->files, (std::vector<std::string>{"a.json", "folder"}));
  EXPECT_EQ(options->answers_file, "out");
}

TEST(Flags, KnowTheCheckCommand) {
  const auto command =
      parse({"check", "-f", "a.yaml", "-f", "b.yaml", "--cluster", "c.yaml", "-o", "json"});
  const auto* options = std::get_if<replay::CheckOptions>(&command);
  ASSERT_NE(options, nullptr);
  EXPECT_EQ(options->manifests, (std::vector<std::string>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(options->cluster, (std::vector<std::string>{"c.yaml"}));
  EXPECT_EQ(options->output, "json");
  EXPECT_NE(complaint({"check"}), "accepted");
  EXPECT_NE(complaint({"check", "-f", "a.yaml", "-o", "xml"}), "accepted");
}

TEST(BindAddress, IsHostAndPort) {
  const auto parsed = [](std::string_view text) {
    const auto address = parse_bind_address(text);
    if (!address) return std::string("wrong");
    return *address ? (*address)->host + " " + std::to_string((*address)->port)
                    : std::string("none");
  };
  EXPECT_EQ(parsed(":8080"), " 8080");
  EXPECT_EQ(parsed("127.0.0.1:1"), "127.0.0.1 1");
  EXPECT_EQ(parsed("[::1]:65535"), "::1 65535");
  EXPECT_EQ(parsed("0"), "none");
  for (const char* wrong : {"", "8080", ":", ":65536", ":8x", "::1:80", ":-1"})
    EXPECT_EQ(parsed(wrong), "wrong") << wrong;
}

}  // namespace
}  // namespace webhook
