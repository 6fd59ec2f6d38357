#include "kube/api.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "json/parse.hpp"

namespace kube {
namespace {

using Kind = base::Error::Kind;

const ObjectRef kRef{kinds::kSecret, "garden", "x"};

base::Error error(Kind kind) { return {.kind = kind, .what = "why"}; }

/// Gives prepared answers in turn, and keeps what it was asked.
class ScriptedApi final : public Api {
 public:
  Task<base::Result<json::Value>> call(Request request) override {
    asked.push_back(std::move(request));
    auto answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch /*watch*/) override {
    co_return base::fail(error(Kind::invalid));
  }
  void answer(std::string_view text) { answers.emplace_back(json::parse(text)); }
  void answer(Kind kind) { answers.emplace_back(base::fail(error(kind))); }

  std::deque<base::Result<json::Value>> answers;
  std::vector<Request> asked;
};

template <class T>
Task<int> keep(Task<T> task, std::optional<T>& result) {
  result = co_await std::move(task);
  co_return 0;
}

template <class T>
T wait(Task<T> task) {
  net_io::Loop loop;
  std::optional<T> result;
  net_io::run(loop, keep(std::move(task), result));
  return *std::move(result);
}

TEST(Api, GetGivesTheObjectAsTheKindAskedFor) {
  ScriptedApi api;
  api.answer(R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}})");
  const auto object = wait(get(api, kRef));
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->name(), "x");
  EXPECT_EQ(object->resource(), kinds::kSecret);
  ASSERT_EQ(api.asked.size(), 1U);
  EXPECT_EQ(describe(api.asked[0]), "get Secret garden/x");
}

TEST(Api, AnAnswerWithoutMetadataIsNoObject) {
  for (const auto* text : {"{}", "[]", R"({"metadata":3})"}) {
    ScriptedApi api;
    api.answer(text);
    const auto object = wait(get(api, kRef));
    ASSERT_FALSE(object.has_value()) << text;
    EXPECT_EQ(object.error().kind, Kind::transient);
  }
}

TEST(Api, FindTellsAbsenceFromFailure) {
  ScriptedApi api;
  api.answer(R"({"metadata":{"name":"x"}})");
  api.answer(Kind::not_found);
  api.answer(Kind::denied);
  const auto there = wait(find(api, kRef));
  ASSERT_TRUE(there.has_value() && there->has_value());
  EXPECT_EQ((*there)->at("kind").string_or(""), "Secret");
  const auto absent = wait(find(api, kRef));
  ASSERT_TRUE(absent.has_value());
  EXPECT_FALSE(absent->has_value());
  const auto failed = wait(find(api, kRef));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, Kind::denied);
}

TEST(Api, ListFillsInWhatItemsLack) {
  ScriptedApi api;
  api.answer(
      R"({"kind":"SecretList","metadata":{"resourceVersion":"7","continue":"c"},
          "items":[{"metadata":{"name":"a"}}]})");
  const auto page = wait(list(api, List{.resource = kinds::kSecret}));
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0].at("kind").string_or(""), "Secret");
  EXPECT_EQ(page->items[0].at("apiVersion").string_or(""), "v1");
  EXPECT_EQ(page->resource_version, "7");
  EXPECT_EQ(page->continue_token, "c");
}

TEST(Api, ListTakesNullForNoneAndRefusesOtherThings) {
  ScriptedApi api;
  api.answer(R"({"metadata":{"resourceVersion":"7"},"items":null})");
  api.answer(R"({"metadata":{},"items":{}})");
  const auto none = wait(list(api, List{.resource = kinds::kSecret}));
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->items.empty());
  EXPECT_FALSE(wait(list(api, List{.resource = kinds::kSecret})).has_value());
}

constexpr const char* kFirst =
    R"({"metadata":{"resourceVersion":"7","continue":"p2"},"items":[{"metadata":{"name":"a"}}]})";
constexpr const char* kSecond =
    R"({"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b"}}]})";

TEST(Api, ListAllFollowsTheTokens) {
  ScriptedApi api;
  api.answer(kFirst);
  api.answer(kSecond);
  const auto all = wait(list_all(api, List{.resource = kinds::kSecret}));
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->items.size(), 2U);
  EXPECT_EQ(all->items[1].name(), "b");
  EXPECT_EQ(all->resource_version, "7");
  EXPECT_EQ(all->continue_token, "");
  ASSERT_EQ(api.asked.size(), 2U);
  EXPECT_EQ(std::get<List>(api.asked[0]).limit, 500);
  EXPECT_EQ(std::get<List>(api.asked[1]).continue_token, "p2");
}

TEST(Api, ListAllStartsAgainOnceWhenATokenExpired) {
  ScriptedApi api;
  api.answer(kFirst);
  api.answer(Kind::gone);
  api.answer(kFirst);
  api.answer(kSecond);
  const auto all = wait(list_all(api, List{.resource = kinds::kSecret}));
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->items.size(), 2U);
  EXPECT_EQ(std::get<List>(api.asked[2]).continue_token, "");

  ScriptedApi never;
  for (int i = 0; i < 2; ++i) never.answer(kFirst), never.answer(Kind::gone);
  const auto given_up = wait(list_all(never, List{.resource = kinds::kSecret}));
  ASSERT_FALSE(given_up.has_value());
  EXPECT_EQ(given_up.error().kind, Kind::gone);
  EXPECT_EQ(never.asked.size(), 4U);
}

TEST(Api, ListAllGivesTheFirstPagesErrorOnAtOnce) {
  ScriptedApi api;
  api.answer(Kind::gone);
  EXPECT_FALSE(wait(list_all(api, List{.resource = kinds::kSecret})).has_value());
  EXPECT_EQ(api.asked.size(), 1U);
}

TEST(Api, WritesGiveTheObjectAsItIsNow) {
  ScriptedApi api;
  for (int i = 0; i < 4; ++i) api.answer(R"({"metadata":{"name":"x","resourceVersion":"8"}})");
  const auto object = Object::make(kinds::kSecret, "garden", "x");
  EXPECT_EQ(wait(create(api, Create{.object = object}))->resource_version().value, "8");
  EXPECT_EQ(wait(update(api, Update{.object = object}))->resource_version().value, "8");
  EXPECT_EQ(wait(apply(api, Apply{.object = object}))->resource_version().value, "8");
  EXPECT_EQ(wait(patch(api, Patch{.ref = kRef}))->resource_version().value, "8");
  ASSERT_EQ(api.asked.size(), 4U);
  EXPECT_EQ(describe(api.asked[2]), "apply Secret garden/x");
}

TEST(Api, RemovingWhatIsGoneIsDone) {
  ScriptedApi api;
  api.answer(R"({"kind":"Status","status":"Success"})");
  api.answer(Kind::not_found);
  api.answer(Kind::conflict);
  EXPECT_TRUE(wait(remove(api, Delete{.ref = kRef})).has_value());
  EXPECT_TRUE(wait(remove(api, Delete{.ref = kRef})).has_value());
  const auto failed = wait(remove(api, Delete{.ref = kRef}));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, Kind::conflict);
}

}  // namespace
}  // namespace kube
