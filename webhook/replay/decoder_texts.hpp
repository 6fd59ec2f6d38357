#pragma once

#include <cstddef>
#include <string_view>

namespace replay {

/// Where the Go program's decoder begins to speak in one of its messages; npos: nowhere.
std::size_t start_of_decoder_text(std::string_view message);
/// The same behind a dump of a request, which may hold such words itself.
std::size_t start_of_last_decoder_text(std::string_view message);

/// Whether `ours`, the text of our decoder, says of the same place what `theirs`, the text of the
/// Go program's, says in the words of its language: the same member, the same kind and version, the
/// same want of them. What names neither Go types nor Go packages must be equal.
bool says_the_same(std::string_view theirs, std::string_view ours);

}  // namespace replay
