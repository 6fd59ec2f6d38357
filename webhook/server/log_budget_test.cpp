#include "webhook/server/log_budget.hpp"

#include <gtest/gtest.h>

namespace webhook {
namespace {

TEST(LogBudget, CountsWhatItKeepsBack) {
  LogBudget budget(2, 3);
  const LogBudget::Time start;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(budget.take(start), 0u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(budget.take(start), std::nullopt);
  EXPECT_EQ(budget.take(start + std::chrono::milliseconds(500)), 5u);
  EXPECT_EQ(budget.take(start + std::chrono::milliseconds(500)), std::nullopt);
}

TEST(LogBudget, SavesNoMoreThanItsBurst) {
  LogBudget budget(10, 2);
  const LogBudget::Time start;
  EXPECT_TRUE(budget.take(start));
  const auto later = start + std::chrono::hours(1);
  EXPECT_TRUE(budget.take(later));
  EXPECT_TRUE(budget.take(later));
  EXPECT_FALSE(budget.take(later));
}

}  // namespace
}  // namespace webhook
