#include "webhook/alicloud/api/by_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace alicloud {
namespace {

struct Thing {
  std::string name;
};

TEST(ByName, FindsTheFirstOfEqualNamesInListsOfAnyLength) {
  for (const std::size_t size : {0U, 1U, 5U, 12U, 13U, 100U}) {
    std::vector<Thing> things;
    for (std::size_t i = 0; i < size; ++i) things.push_back({std::to_string(i * 7 % 10)});
    const ByName<Thing> by_name(things);
    for (const auto& thing : things) {
      const auto first = std::ranges::find(things, thing.name, &Thing::name);
      EXPECT_EQ(by_name.find(thing.name), &*first) << size << " " << thing.name;
    }
    EXPECT_EQ(by_name.find("77"), nullptr) << size;
    EXPECT_EQ(by_name.find(""), nullptr) << size;
  }
}

}  // namespace
}  // namespace alicloud
