#pragma once

// Private to lib/net.

#include <cstddef>
#include <string>
#include <string_view>

namespace net_io {

/// Bytes that have arrived and nobody has used yet, in one piece.
class InputBuffer {
 public:
  std::string_view bytes() const { return {storage_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for at least `least` bytes behind what is there; valid until the next call.
  char* room(std::size_t least) {
    if (storage_.size() - end_ < least) {
      storage_.erase(0, begin_);
      end_ -= begin_;
      begin_ = 0;
      if (storage_.size() - end_ < least) storage_.resize(end_ + least);
    }
    return storage_.data() + end_;
  }
  std::size_t room_size() const { return storage_.size() - end_; }
  void commit(std::size_t count) { end_ += count; }

  /// Gives the memory back where nothing is kept and there is more of it than `most`.
  void shrink(std::size_t most) {
    if (empty() && storage_.size() > most) std::string().swap(storage_);
  }

 private:
  std::string storage_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace net_io
