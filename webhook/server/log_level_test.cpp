#include "webhook/server/log_level.hpp"

#include <gtest/gtest.h>

namespace webhook {
namespace {

struct LogLevel : testing::Test {
  net_io::HttpResponse ask(std::string method, std::string body = {},
                           std::string peer = "127.0.0.1:1234") {
    net_io::ServerRequest request;
    request.http = {
        .method = std::move(method), .target = "/loglevel", .headers = {}, .body = std::move(body)};
    request.peer = std::move(peer);
    return answer_log_level(request, log);
  }

  std::string lines;
  base::Log log = base::Log::to_string(lines, base::Log::Level::info);
};

TEST_F(LogLevel, ChangesWithoutARestart) {
  EXPECT_EQ(ask("GET").body, "info\n");
  const auto child = log.named("child");
  child.debug("not seen");
  EXPECT_EQ(ask("PUT", "debug\n").status, 200);
  EXPECT_EQ(ask("GET").body, "debug\n");
  child.debug("seen");
  EXPECT_FALSE(lines.contains("not seen"));
  EXPECT_TRUE(lines.contains("\"seen\""));
  EXPECT_EQ(ask("PUT", "error").body, "error\n");
  EXPECT_TRUE(lines.contains(R"("before":"info","now":"debug")")) << lines;
}

TEST_F(LogLevel, IsNotChangedFromElsewhere) {
  for (const auto* peer : {"10.0.0.7:1", "[::ffff:10.0.0.7]:1", "[fd00::1]:1", "[::1:2]:1", ""}) {
    EXPECT_EQ(ask("PUT", "error", peer).status, 403) << peer;
  }
  EXPECT_EQ(ask("GET", "", "10.0.0.7:1").body, "info\n");
  for (const auto* peer : {"127.1.2.3:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_EQ(ask("PUT", "error", peer).status, 200) << peer;
  }
}

TEST_F(LogLevel, RefusesWhatIsNoLevel) {
  EXPECT_EQ(ask("PUT", "loud").status, 400);
  EXPECT_EQ(ask("PUT").status, 400);
  const auto posted = ask("POST", "debug");
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(net_io::header(posted.headers, "Allow"), "GET, PUT");
  EXPECT_EQ(ask("GET").body, "info\n");
}

}  // namespace
}  // namespace webhook
