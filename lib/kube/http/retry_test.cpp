#include "kube/http/retry.hpp"

#include <gtest/gtest.h>

namespace kube {
namespace {

using base::Millis;
using Answer = base::Result<net_io::HttpResponse>;

Answer status(int code, const char* retry_after = nullptr) {
  net_io::HttpResponse response;
  response.status = code;
  if (retry_after != nullptr) response.headers.emplace_back("retry-after", retry_after);
  return response;
}

std::optional<Millis> read(int number, const Answer& answer) {
  return wait_before_retry({.is_read = true, .number = number, .most = 4}, answer);
}
std::optional<Millis> write(const Answer& answer) {
  return wait_before_retry({.is_read = false, .number = 1, .most = 4}, answer);
}

TEST(Retry, AnAnswerWithoutAWishIsTheAnswer) {
  for (const int code : {200, 201, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(read(1, status(code)), std::nullopt) << code;
    EXPECT_EQ(write(status(code)), std::nullopt) << code;
  }
}

TEST(Retry, ObeysTheServersWish) {
  for (const int code : {429, 500, 502, 503, 504}) {
    EXPECT_EQ(read(1, status(code, "3")), Millis(3'000)) << code;
  }
  EXPECT_EQ(write(status(429, "1")), Millis(1'000));
  EXPECT_EQ(write(status(503, "1")), Millis(1'000));
}

TEST(Retry, DoesNotRepeatAWriteThatMayHaveBegun) {
  for (const int code : {500, 502, 504}) EXPECT_EQ(write(status(code, "1")), std::nullopt) << code;
  EXPECT_EQ(write(base::fail(base::transient("reset"))), std::nullopt);
}

TEST(Retry, AWishIsForRefusalsOnly) {
  for (const int code : {200, 202, 403, 404, 409}) {
    EXPECT_EQ(read(1, status(code, "1")), std::nullopt) << code;
  }
}

TEST(Retry, OnlyWholeSecondsAreAWish) {
  for (const auto* odd : {"", "soon", "1.5", "-1", "1 ", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    EXPECT_EQ(read(1, status(503, odd)), std::nullopt) << odd;
  }
  EXPECT_EQ(read(1, status(503, "0")), Millis(20));
  EXPECT_EQ(read(1, status(503, "999999999")), Millis(3'600'000));
}

TEST(Retry, ReadsComeThroughBrokenConnections) {
  const Answer reset = base::fail(base::transient("reset"));
  EXPECT_EQ(read(1, reset), Millis(100));
  EXPECT_EQ(read(2, reset), Millis(200));
  EXPECT_EQ(read(3, reset), Millis(400));
  EXPECT_EQ(wait_before_retry({.is_read = true, .number = 3, .unit_random = 0.5}, reset),
            Millis(600));
  EXPECT_EQ(read(4, reset), std::nullopt);
  EXPECT_EQ(read(1, base::fail(base::cancelled("enough"))), std::nullopt);
  EXPECT_EQ(read(1, base::fail(base::invalid("no"))), std::nullopt);
}

TEST(Retry, TheLastAttemptIsTheLast) { EXPECT_EQ(read(4, status(503, "1")), std::nullopt); }

}  // namespace
}  // namespace kube
