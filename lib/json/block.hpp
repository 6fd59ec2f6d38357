#pragma once

// Private to lib/json: sixteen bytes at once. SSE2 and NEON are part of every x86-64 and AArch64
// CPU, so one build runs on all of them and nothing has to be chosen at start.

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace json::detail {

constexpr std::size_t kBlock = 16;

constexpr bool is_blank(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}
/// What stands in a string as it is: ASCII, no control character, no quote, no backslash.
constexpr bool is_letter(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code >= ' ' && code < 0x80 && byte != '"' && byte != '\\';
}

#if defined(__SSE2__)

class Block {
 public:
  explicit Block(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}
  void store(char* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes_); }

  /// So many bytes at the begin are letters.
  std::size_t letters() const {
    // Compared with signs: what is not ASCII is below the blank as well.
    const auto low = _mm_cmplt_epi8(bytes_, _mm_set1_epi8(' '));
    return first(_mm_or_si128(low, _mm_or_si128(equal('"'), equal('\\'))));
  }
  std::size_t blanks() const {
    const auto blank =
        _mm_or_si128(_mm_or_si128(equal(' '), equal('\n')), _mm_or_si128(equal('\t'), equal('\r')));
    return first(_mm_xor_si128(blank, _mm_set1_epi8(-1)));
  }

 private:
  __m128i equal(char byte) const { return _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(byte)); }
  static std::size_t first(__m128i found) {
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(found));
    return static_cast<std::size_t>(std::countr_zero(mask | 1u << kBlock));
  }
  __m128i bytes_;
};

#elif defined(__ARM_NEON)

class Block {
 public:
  explicit Block(const char* at) : bytes_(vld1q_u8(reinterpret_cast<const std::uint8_t*>(at))) {}
  void store(char* to) const { vst1q_u8(reinterpret_cast<std::uint8_t*>(to), bytes_); }

  std::size_t letters() const {
    const auto low = vcltq_s8(vreinterpretq_s8_u8(bytes_), vdupq_n_s8(' '));
    return first(vorrq_u8(low, vorrq_u8(equal('"'), equal('\\'))));
  }
  std::size_t blanks() const {
    return first(
        vmvnq_u8(vorrq_u8(vorrq_u8(equal(' '), equal('\n')), vorrq_u8(equal('\t'), equal('\r')))));
  }

 private:
  uint8x16_t equal(char byte) const {
    return vceqq_u8(bytes_, vdupq_n_u8(static_cast<std::uint8_t>(byte)));
  }
  static std::size_t first(uint8x16_t found) {
    const auto nibbles = vshrn_n_u16(vreinterpretq_u16_u8(found), 4);
    const std::uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(nibbles), 0);
    return static_cast<std::size_t>(std::countr_zero(mask)) / 4;
  }
  uint8x16_t bytes_;
};

#else

class Block {
 public:
  explicit Block(const char* at) : at_(at) {}
  void store(char* to) const {
    for (std::size_t i = 0; i < kBlock; ++i) to[i] = at_[i];
  }
  std::size_t letters() const { return run(is_letter); }
  std::size_t blanks() const { return run(is_blank); }

 private:
  std::size_t run(bool (*belongs)(char)) const {
    std::size_t i = 0;
    while (i < kBlock && belongs(at_[i])) ++i;
    return i;
  }
  const char* at_;
};

#endif

}  // namespace json::detail
