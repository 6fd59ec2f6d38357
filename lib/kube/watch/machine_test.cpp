#include "kube/watch/machine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace kube::watch {
namespace {

using Kind = base::Error::Kind;
using Type = WatchEvent::Type;

Object secret(std::string_view name, std::string_view version) {
  Object object = Object::make(kinds::kSecret, "garden", name);
  object["metadata"]["resourceVersion"] = version;
  return object;
}

Page page(std::vector<Object> items, std::string version, std::string token = {}) {
  return {std::move(items), std::move(token), std::move(version)};
}

Seen seen(Type type, std::string_view name, std::string_view version) {
  return {WatchEvent{type, secret(name, version)}};
}

Failed failed(Kind kind) {
  base::Error error;
  error.kind = kind;
  return {error};
}

std::string to_text(const State& state) {
  if (const auto* at = std::get_if<Listing>(&state)) {
    return "listing after " + at->resource_version + (at->first_page ? ", first" : ", next") +
           (at->continue_token.empty() ? "" : " " + at->continue_token);
  }
  return "watching " + std::get<Watching>(state).resource_version;
}

std::string to_text(const Change& change) {
  struct Text {
    std::string operator()(const Init&) const { return "init"; }
    std::string operator()(const InitApply& c) const { return "init-apply " + c.object.name(); }
    std::string operator()(const InitDone& c) const { return "init-done " + c.resource_version; }
    std::string operator()(const Applied& c) const { return "applied " + c.object.name(); }
    std::string operator()(const Removed& c) const { return "removed " + c.object.name(); }
  };
  return std::visit(Text{}, change);
}

std::string to_text(const Step& step) {
  std::string text = to_text(step.state) + (step.back_off ? " (back off)" : "");
  for (const Change& change : step.changes) text += "; " + to_text(change);
  return text;
}

TEST(WatchMachine, ASinglePageLeadsToWatching) {
  const auto next = step(Listing{}, Listed{page({secret("a", "3"), secret("b", "5")}, "9")});
  EXPECT_EQ(to_text(next), "watching 9; init; init-apply a; init-apply b; init-done 9");
}

TEST(WatchMachine, PagesAreOneInit) {
  auto first = step(Listing{"4"}, Listed{page({secret("a", "3")}, "9", "token")});
  EXPECT_EQ(to_text(first), "listing after 4, next token; init; init-apply a");
  const auto last = step(std::move(first.state), Listed{page({secret("b", "5")}, "9")});
  EXPECT_EQ(to_text(last), "watching 9; init-apply b; init-done 9");
}

TEST(WatchMachine, AnEmptyListIsAList) {
  EXPECT_EQ(to_text(step(Listing{}, Listed{page({}, "9")})), "watching 9; init; init-done 9");
}

TEST(WatchMachine, AListWithoutAVersionIsNotBelieved) {
  EXPECT_EQ(to_text(step(Listing{"4"}, Listed{page({secret("a", "3")}, "")})),
            "listing after 4, first (back off)");
  EXPECT_EQ(to_text(step(Listing{"4", "token", false}, Listed{page({}, "")})),
            "listing after 4, first (back off)");
}

TEST(WatchMachine, AnOlderListIsBelievedOnlyAtTheSixthTime) {
  State state = Listing{"10"};
  for (int i = 0; i < 5; ++i) {
    auto next = step(std::move(state), Listed{page({secret("a", "3")}, "9")});
    ASSERT_EQ(to_text(next), "listing after 10, first (back off)");
    state = std::move(next.state);
  }
  EXPECT_EQ(to_text(step(std::move(state), Listed{page({}, "9")})),
            "watching 9; init; init-done 9");
}

TEST(WatchMachine, AListOfTheSameVersionIsFine) {
  EXPECT_EQ(to_text(step(Listing{"9"}, Listed{page({}, "9")})), "watching 9; init; init-done 9");
}

TEST(WatchMachine, ObjectsWithoutANameAreDropped) {
  const Object nameless(kinds::kSecret, json::Value(5));
  EXPECT_EQ(to_text(step(Listing{}, Listed{page({nameless, secret("a", "3")}, "9")})),
            "watching 9; init; init-apply a; init-done 9");
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::added, "", "10"))), "watching 10");
}

TEST(WatchMachine, FailedListsGoOnWhereTheyWere) {
  for (const Kind kind : {Kind::transient, Kind::conflict, Kind::not_found, Kind::unauthenticated,
                          Kind::denied, Kind::invalid, Kind::cancelled, Kind::exists}) {
    EXPECT_EQ(to_text(step(Listing{"4"}, failed(kind))), "listing after 4, first (back off)");
    EXPECT_EQ(to_text(step(Listing{"4", "token", false}, failed(kind))),
              "listing after 4, next token (back off)");
  }
  EXPECT_EQ(to_text(step(Listing{"4", "token", false}, failed(Kind::gone))),
            "listing after 4, first (back off)");
}

TEST(WatchMachine, EventsMoveTheVersion) {
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::added, "a", "10"))), "watching 10; applied a");
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::modified, "a", "11"))),
            "watching 11; applied a");
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::deleted, "a", "12"))), "watching 12; removed a");
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::bookmark, "", "13"))), "watching 13");
}

TEST(WatchMachine, NothingMovesBackwards) {
  for (const Type type : {Type::added, Type::modified, Type::deleted, Type::bookmark}) {
    EXPECT_EQ(to_text(step(Watching{"10"}, seen(type, "a", "9"))), "watching 10");
    EXPECT_EQ(to_text(step(Watching{"10"}, seen(type, "a", "10"))), "watching 10");
  }
}

TEST(WatchMachine, AVersionThatIsNoNumberIsTakenAsItComes) {
  EXPECT_EQ(to_text(step(Watching{"10"}, seen(Type::added, "a", "odd"))),
            "watching odd; applied a");
}

TEST(WatchMachine, AnEventWithoutAVersionLeadsToAList) {
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::added, "a", ""))),
            "listing after 9, first (back off)");
  EXPECT_EQ(to_text(step(Watching{"9"}, seen(Type::bookmark, "", ""))), "watching 9");
}

TEST(WatchMachine, AnEndInOrderGoesOnAtOnce) {
  EXPECT_EQ(to_text(step(Watching{"9"}, Ended{false})), "watching 9");
  EXPECT_EQ(to_text(step(Watching{"9"}, Ended{true})), "watching 9 (back off)");
}

TEST(WatchMachine, FailedWatchesKeepTheirVersionUnlessItIsOfNoUse) {
  for (const Kind kind : {Kind::transient, Kind::conflict, Kind::unauthenticated, Kind::denied,
                          Kind::cancelled, Kind::exists}) {
    EXPECT_EQ(to_text(step(Watching{"9"}, failed(kind))), "watching 9 (back off)");
  }
  for (const Kind kind : {Kind::gone, Kind::invalid, Kind::not_found}) {
    EXPECT_EQ(to_text(step(Watching{"9"}, failed(kind))), "listing after 9, first (back off)");
  }
}

TEST(WatchMachine, InputsThatDoNotBelongToTheStateChangeNothing) {
  EXPECT_EQ(to_text(step(Watching{"9"}, Listed{page({secret("a", "12")}, "12")})), "watching 9");
  EXPECT_EQ(to_text(step(Listing{"9"}, seen(Type::added, "a", "12"))), "listing after 9, first");
  EXPECT_EQ(to_text(step(Listing{"9"}, Ended{true})), "listing after 9, first");
}

Input random_input(base::Random& random) {
  const auto version = std::to_string(1 + random.below(30));
  const std::string name(1, static_cast<char>('a' + random.below(3)));
  switch (random.below(4)) {
    case 0:
      return Listed{page({secret(name, version)}, random.below(8) == 0 ? "" : version,
                         random.below(2) == 0 ? "token" : "")};
    case 1:
      return seen(static_cast<Type>(random.below(4)), name, random.below(8) == 0 ? "" : version);
    case 2:
      return Ended{random.below(2) == 0};
    default:
      return failed(static_cast<Kind>(random.below(9)));
  }
}

// Whatever comes: inits are well nested, and a watching version only grows but by a list.
TEST(WatchMachine, KeepsItsPromisesOverRandomInputs) {
  base::Random random(11);
  State state = Listing{};
  bool listing = false;
  for (int i = 0; i < 5'000; ++i) {
    const auto* before = std::get_if<Watching>(&state);
    const std::string version = before == nullptr ? "" : before->resource_version;
    Step next = step(std::move(state), random_input(random));
    for (const Change& change : next.changes) {
      if (std::holds_alternative<Init>(change)) {
        listing = true;
      } else if (std::holds_alternative<InitApply>(change)) {
        ASSERT_TRUE(listing);
      } else if (std::holds_alternative<InitDone>(change)) {
        ASSERT_TRUE(listing);
        listing = false;
        ASSERT_TRUE(std::holds_alternative<Watching>(next.state));
      } else {
        ASSERT_FALSE(version.empty()) << "an event outside of a watch";
      }
    }
    const auto* after = std::get_if<Watching>(&next.state);
    if (after != nullptr) {
      ASSERT_FALSE(after->resource_version.empty());
    }
    if (after != nullptr && !version.empty()) {
      ASSERT_NE(compare_versions(after->resource_version, version), std::strong_ordering::less);
    }
    state = std::move(next.state);
  }
}

}  // namespace
}  // namespace kube::watch
