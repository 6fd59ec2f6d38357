#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>

namespace {

// What a freed block of `watched_size` bytes held at the moment it was given back.
std::size_t watched_size = 0;
std::string freed_with;

}  // namespace

void* operator new[](std::size_t size) {
  // The size is kept in front, so that operator delete[] knows how much there is to look at.
  auto* block = static_cast<char*>(std::malloc(size + alignof(std::max_align_t)));
  if (!block) throw std::bad_alloc();
  std::memcpy(block, &size, sizeof size);
  return block + alignof(std::max_align_t);
}

void operator delete[](void* bytes) noexcept {
  if (!bytes) return;
  auto* block = static_cast<char*>(bytes) - alignof(std::max_align_t);
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  if (watched_size != 0 && size == watched_size) {
    watched_size = 0;
    freed_with.assign(static_cast<const char*>(bytes), size);
  }
  std::free(block);
}

void operator delete[](void* bytes, std::size_t) noexcept { operator delete[](bytes); }

namespace base {
namespace {

constexpr std::string_view kObviouslyFake = "not-a-real-password-41-bytes-long-exactly";

/// Runs `drop` and returns what the secret's buffer held when it was freed.
template <class F>
std::string seen_when_freed(F drop) {
  freed_with = "nothing was freed";
  watched_size = kObviouslyFake.size();
  drop();
  watched_size = 0;
  return freed_with;
}

const std::string kWiped(kObviouslyFake.size(), '\0');

TEST(Secret, KeepsItsBytesAndNulsAmongThem) {
  const std::string bytes("a\0b", 3);
  EXPECT_EQ(Secret(bytes).reveal(), bytes);
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").reveal().empty());
}

TEST(Secret, IsWipedBeforeItsMemoryIsGivenBack) {
  EXPECT_EQ(seen_when_freed([] { const Secret secret(kObviouslyFake); }), kWiped);
}

TEST(Secret, IsWipedWhenAnotherTakesItsPlace) {
  Secret secret(kObviouslyFake);
  EXPECT_EQ(seen_when_freed([&] { secret = Secret("next"); }), kWiped);
  EXPECT_EQ(secret.reveal(), "next");
}

TEST(Secret, MovesItsBufferAndLeavesNothingBehind) {
  Secret first(kObviouslyFake);
  const auto* bytes = first.reveal().data();
  Secret second(std::move(first));
  EXPECT_EQ(second.reveal().data(), bytes);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the point
  auto& same = second;
  second = std::move(same);
  EXPECT_EQ(second.reveal(), kObviouslyFake);
}

TEST(Secret, IsCopiedOnlyByName) {
  static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string> &&
                !std::is_convertible_v<Secret, std::string_view>);
  const Secret secret(kObviouslyFake);
  const Secret copy = secret.copy();
  EXPECT_EQ(copy.reveal(), secret.reveal());
  EXPECT_NE(copy.reveal().data(), secret.reveal().data());
}

TEST(Secret, ConsumingWipesTheString) {
  std::string text(kObviouslyFake);
  const char* bytes = text.data();
  const std::size_t capacity = text.capacity();
  const auto secret = Secret::consume(text);
  EXPECT_EQ(secret.reveal(), kObviouslyFake);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), bytes);  // the same buffer still belongs to the string
  text.resize(capacity);          // ASan wants the bytes to be inside of the string
  EXPECT_EQ(text.find('p'), std::string::npos);
}

TEST(Wipe, ReachesBytesBehindTheEnd) {
  std::string text(kObviouslyFake);
  text.resize(3);
  wipe(text);
  const std::string_view whole(text.data(), kObviouslyFake.size());
  EXPECT_EQ(whole, kWiped);
}

}  // namespace
}  // namespace base
