#include "kube/watch/store.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kube::watch {
namespace {

Object secret(std::string_view name, std::string_view version) {
  Object object = Object::make(kinds::kSecret, "garden", name);
  object["metadata"]["resourceVersion"] = version;
  return object;
}

ObjectRef ref(std::string_view name) { return {kinds::kSecret, "garden", std::string(name)}; }

std::string text(const Object* object) {
  return object == nullptr ? "-" : object->name() + "@" + object->resource_version().value;
}

struct StoreTest : ::testing::Test {
  StoreTest() {
    store.on_change([this](const Object* before, const Object* after) {
      changes.push_back(text(before) + " -> " + text(after));
    });
  }
  void list(std::vector<Object> objects, std::string version) {
    store.apply(Init{});
    for (Object& object : objects) store.apply(InitApply{std::move(object)});
    store.apply(InitDone{std::move(version)});
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Object* object : store.all()) all.push_back(text(object));
    return all;
  }
  Store store;
  std::vector<std::string> changes;
};

TEST_F(StoreTest, IsSyncedAfterTheFirstWholeList) {
  store.apply(Init{});
  store.apply(InitApply{secret("a", "1")});
  EXPECT_FALSE(store.is_synced());
  EXPECT_EQ(store.size(), 0u);
  EXPECT_TRUE(changes.empty());
  store.apply(InitDone{"5"});
  EXPECT_TRUE(store.is_synced());
  EXPECT_EQ(store.resource_version(), "5");
  EXPECT_EQ(changes, std::vector<std::string>{"- -> a@1"});
  ASSERT_NE(store.find(ref("a")), nullptr);
  EXPECT_EQ(store.find(ref("b")), nullptr);
}

TEST_F(StoreTest, TellsOfEachEvent) {
  list({}, "5");
  store.apply(Applied{secret("a", "6")});
  store.apply(Applied{secret("a", "7")});
  store.apply(Removed{secret("a", "8")});
  store.apply(Removed{secret("a", "9")});
  EXPECT_EQ(changes, (std::vector<std::string>{"- -> a@6", "a@6 -> a@7", "a@7 -> -"}));
  EXPECT_EQ(store.resource_version(), "9");
  EXPECT_EQ(store.size(), 0u);
}

TEST_F(StoreTest, ReadsSeeTheOldSetUntilARelistIsComplete) {
  list({secret("a", "1"), secret("b", "2")}, "5");
  store.apply(Init{});
  store.apply(InitApply{secret("c", "7")});
  EXPECT_EQ(names(), (std::vector<std::string>{"a@1", "b@2"}));
  store.apply(InitDone{"9"});
  EXPECT_EQ(names(), (std::vector<std::string>{"c@7"}));
}

TEST_F(StoreTest, ARelistTellsOnlyWhatDiffers) {
  list({secret("a", "1"), secret("b", "2"), secret("c", "3")}, "5");
  changes.clear();
  list({secret("b", "2"), secret("c", "8"), secret("d", "9")}, "9");
  EXPECT_EQ(changes, (std::vector<std::string>{"a@1 -> -", "c@3 -> c@8", "- -> d@9"}));
}

TEST_F(StoreTest, ARelistThatStartsAgainForgetsItsFirstPages) {
  list({secret("a", "1")}, "5");
  store.apply(Init{});
  store.apply(InitApply{secret("stale", "2")});
  list({secret("a", "1")}, "9");
  EXPECT_EQ(names(), (std::vector<std::string>{"a@1"}));
}

TEST_F(StoreTest, AnEndWithoutABeginningChangesNothing) {
  store.apply(InitDone{"9"});
  EXPECT_FALSE(store.is_synced());
}

TEST_F(StoreTest, ListenersSeeTheStoreAfterTheChange) {
  std::size_t size = 99;
  store.on_change([&](const Object*, const Object*) { size = store.size(); });
  list({secret("a", "1"), secret("b", "2")}, "5");
  EXPECT_EQ(size, 2u);
  store.apply(Removed{secret("a", "8")});
  EXPECT_EQ(size, 1u);
}

TEST_F(StoreTest, NamesakesInOtherNamespacesAreOthers) {
  list({secret("a", "1")}, "5");
  Object other = Object::make(kinds::kSecret, "elsewhere", "a");
  other["metadata"]["resourceVersion"] = "6";
  store.apply(Applied{std::move(other)});
  EXPECT_EQ(store.size(), 2u);
}

}  // namespace
}  // namespace kube::watch
