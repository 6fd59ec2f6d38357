#include "webhook/cloud/client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

#include "base/base64.hpp"
#include "crypto/hash.hpp"
#include "crypto/test_certificates.hpp"
#include "net/http_server.hpp"

namespace cloud {
namespace {

using net_io::HttpResponse;
using net_io::ServerRequest;
using net_io::Task;
using std::chrono::milliseconds;

constexpr std::string_view kKey = "fakeKeyIdForTests";
constexpr std::string_view kSecret = "fake-key-secret-for-tests-hunter2";

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    int byte = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

/// The rules of the documentation, applied to the query as it came: without the signature, sorted,
/// encoded once more.
std::string expected_signature(std::string_view query) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const auto part = query.substr(at, end - at);
    if (!part.starts_with("Signature=")) parts.emplace_back(part);
    at = end + 1;
  }
  std::ranges::sort(parts);
  std::string encoded;
  for (const auto& part : parts) {
    if (!encoded.empty()) encoded += "%26";
    for (const char c : part) {
      if (c == '=') {
        encoded += "%3D";
      } else if (c == '%') {
        encoded += "%25";
      } else {
        encoded += c;
      }
    }
  }
  return base::base64_encode(crypto::hmac_sha1(std::string(kSecret) + "&", "GET&%2F&" + encoded));
}

std::string value_of(std::string_view query, std::string_view name) {
  const auto at = ("&" + std::string(query)).find("&" + std::string(name) + "=");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 1;
  return decoded(query.substr(from, std::min(query.find('&', from), query.size()) - from));
}

/// The cloud: accepts what is signed as documented, and answers as told.
struct Stub {
  explicit Stub(const net_io::Executor& executor)
      : server(
            executor, {.address = "127.0.0.1"},
            [this](ServerRequest request) { return answer(std::move(request)); },
            [](const char* what) { ADD_FAILURE() << what; }) {
    const auto set =
        server.set_tls({.certificate_pem = pair.certificate,
                        .key_pem = std::make_shared<const base::Secret>(std::string_view(pair.key)),
                        .client_ca_pem = {},
                        .allowed_subjects = {}});
    EXPECT_TRUE(set && server.listen());
  }
  ClientOptions options() {
    ClientOptions options;
    options.endpoint = "https://127.0.0.1:" + std::to_string(server.port());
    options.ca_pem = pair.certificate;
    options.observer = [this](auto action, auto result, double seconds) {
      EXPECT_GE(seconds, 0);
      observed.push_back(std::string(action) + " " + std::string(result));
    };
    options.backoff = {.first = base::Millis(1), .factor = 1, .most = base::Millis(1), .jitter = 0};
    options.page_size = 2;
    return options;
  }
  Task<HttpResponse> answer(ServerRequest request) {
    const auto query = std::string_view(request.http.target).substr(2);
    queries.emplace_back(query);
    HttpResponse response{.status = 200, .headers = {}, .body = {}};
    if (value_of(query, "Signature") != expected_signature(query)) {
      response.status = 400;
      response.body =
          R"({"Code":"SignatureDoesNotMatch","Message":"string to sign is GET&%2F&hunter2"})";
    } else if (failures > 0) {
      --failures;
      response.status = fault_status;
      response.body = fault;
    } else {
      response.body = value_of(query, "Action") == "DescribeImages" ? images : page(query);
    }
    co_return response;
  }
  static std::string page(std::string_view query) {
    constexpr int kTotal = 5;
    int number = 0;
    const auto text = value_of(query, "PageNumber");
    std::from_chars(text.data(), text.data() + text.size(), number);
    std::string items;
    for (int i = (number - 1) * 2; i < std::min(number * 2, kTotal); ++i) {
      if (!items.empty()) items += ",";
      items += R"({"VSwitchId":"vsw-)" + std::to_string(i) + R"(","CidrBlock":"10.0.)" +
               std::to_string(i) + R"(.0/24"})";
    }
    return R"({"TotalCount":5,"VSwitches":{"VSwitch":[)" + items + "]}}";
  }

  crypto::CertificatePair pair = crypto::make_pair("localhost");
  net_io::HttpServer server;
  std::string images = R"({"TotalCount":1,"Images":{"Image":[{"ImageOwnerAlias":"system"}]}})";
  int failures = 0;
  int fault_status = 400;
  std::string fault;
  std::vector<std::string> queries;
  std::vector<std::string> observed;
};

alicloud::CloudCredentials credentials(std::string_view secret = kSecret) {
  return {.key_id = std::string(kKey), .key_secret = std::make_shared<const base::Secret>(secret)};
}

struct World {
  std::string ask_image(std::string_view secret = kSecret,
                        net_io::Deadline deadline = net_io::Deadline::in(milliseconds(5'000))) {
    std::string text;
    alicloud::ImageQuestion question{
        .credentials = credentials(secret), .region = "eu-central-1", .image_id = "m-1 2*~"};
    loop.restart();
    net_io::run(loop, image(this, std::move(question), deadline, &text));
    return text;
  }
  static Task<int> image(World* world, alicloud::ImageQuestion question, net_io::Deadline deadline,
                         std::string* text) {
    Client client(world->loop.get_executor(), world->stub.options(), world->clock,
                  base::Random(world->seed++));
    const auto answer = co_await client.is_customised(std::move(question), deadline);
    *text = !answer ? answer.error().what : *answer ? "customised" : "system";
    co_return 0;
  }
  static Task<int> switches(World* world, std::vector<alicloud::VSwitch>* found) {
    Client client(world->loop.get_executor(), world->stub.options(), world->clock, base::Random(1));
    alicloud::VSwitchQuestion question{
        .credentials = credentials(), .region = "eu-central-1", .vpc_id = "vpc-1"};
    const auto answer =
        co_await client.vswitches(std::move(question), net_io::Deadline::in(milliseconds(5'000)));
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().what);
    if (answer) *found = *answer;
    co_return 0;
  }

  net_io::Loop loop{1};
  base::SystemClock clock;
  std::uint64_t seed = 1;
  Stub stub{loop.get_executor()};
};

TEST(Client, SignsAsDocumentedAndReadsTheOwner) {
  World world;
  EXPECT_EQ(world.ask_image(), "system");
  const auto& query = world.stub.queries.front();
  EXPECT_EQ(value_of(query, "ImageId"), "m-1 2*~");
  EXPECT_EQ(value_of(query, "RegionId"), "eu-central-1");
  EXPECT_EQ(value_of(query, "Version"), "2014-05-26");
  EXPECT_EQ(value_of(query, "SignatureVersion"), "1.0");
  world.stub.images = R"({"TotalCount":1,"Images":{"Image":[{"ImageOwnerAlias":"self"}]}})";
  EXPECT_EQ(world.ask_image(), "customised");
  world.stub.images = R"({"TotalCount":0,"Images":{"Image":[]}})";
  EXPECT_EQ(world.ask_image(), "customised");
}

TEST(Client, ReadsAllPages) {
  World world;
  std::vector<alicloud::VSwitch> found;
  net_io::run(world.loop, World::switches(&world, &found));
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found.back(), (alicloud::VSwitch{.id = "vsw-4", .cidr = "10.0.4.0/24"}));
  EXPECT_EQ(world.stub.queries.size(), 3u);
}

TEST(Client, TriesAThrottledCallAgainWithAnotherNonceButNotForEver) {
  World world;
  world.stub.fault = R"({"Code":"Throttling.User","Message":"slow down","RequestId":"R-1"})";
  world.stub.failures = 2;
  EXPECT_EQ(world.ask_image(), "system");
  const auto& queries = world.stub.queries;
  ASSERT_EQ(queries.size(), 3u);
  EXPECT_NE(value_of(queries[0], "SignatureNonce"), value_of(queries[1], "SignatureNonce"));
  EXPECT_EQ(world.stub.observed,
            (std::vector<std::string>{"DescribeImages throttled", "DescribeImages throttled",
                                      "DescribeImages ok"}));
  world.stub.failures = 100;
  EXPECT_EQ(world.ask_image(), "DescribeImages: Throttling.User: slow down (request R-1)");
  EXPECT_EQ(queries.size(), 6u);
}

TEST(Client, DoesNotRepeatWhatIsRefused) {
  World world;
  world.stub.fault = R"({"Code":"InvalidAccessKeyId.NotFound","Message":"not found"})";
  world.stub.failures = 100;
  EXPECT_EQ(world.ask_image(), "DescribeImages: InvalidAccessKeyId.NotFound: not found");
  EXPECT_EQ(world.stub.queries.size(), 1u);
  EXPECT_EQ(world.stub.observed, std::vector<std::string>{"DescribeImages refused"});
}

TEST(Client, CutsWhatIsTooLongBetweenCharacters) {
  World world;
  world.stub.failures = 100;
  const auto said = [&](const std::string& message) {
    world.stub.fault = R"({"Code":"Forbidden","Message":")" + message + "\"}";
    return world.ask_image();
  };
  EXPECT_EQ(said("n\xC3\xA9"), "DescribeImages: Forbidden: n\xC3\xA9");
  EXPECT_EQ(said(std::string(511, 'x') + "\xC3\xA9"),
            "DescribeImages: Forbidden: " + std::string(511, 'x'));
  EXPECT_EQ(said(std::string(510, 'x') + "\xC3\xA9"),
            "DescribeImages: Forbidden: " + std::string(510, 'x') + "\xC3\xA9");
}

TEST(Client, TellsNothingOfWhatWasSigned) {
  World world;
  EXPECT_EQ(world.ask_image("another secret"), "DescribeImages: SignatureDoesNotMatch");
}

TEST(Client, GivesUpAtTheDeadline) {
  World world;
  world.stub.fault_status = 503;
  world.stub.failures = 100;
  const auto text = world.ask_image(kSecret, net_io::Deadline::in(milliseconds(0)));
  EXPECT_TRUE(text.starts_with("DescribeImages: ")) << text;
  EXPECT_LE(world.stub.queries.size(), 1u);
}

}  // namespace
}  // namespace cloud
