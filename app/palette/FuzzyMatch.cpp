// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/palette/FuzzyMatch.h"

#include <algorithm>

namespace platter::app {

namespace {

    bool beginsWord(QStringView text, qsizetype at)
    {
        return at == 0 || (!text[at - 1].isLetterOrNumber() && text[at].isLetterOrNumber());
    }

    /// Letters in order with gaps, beginning at the start of a word: the fewer gaps the better.
    std::optional<int> scattered(QStringView word, QStringView text)
    {
        constexpr int best = 200;
        constexpr int perGap = 15;
        for (qsizetype start = text.indexOf(word[0]); start >= 0;
             start = text.indexOf(word[0], start + 1)) {
            if (!beginsWord(text, start))
                continue;
            int gaps = 0;
            qsizetype last = start;
            qsizetype found = start;
            for (qsizetype i = 1; i < word.size() && found >= 0; ++i) {
                found = text.indexOf(word[i], last + 1);
                if (found > last + 1)
                    ++gaps;
                last = found;
            }
            if (found >= 0)
                return std::max(1, best - perGap * gaps);
        }
        return std::nullopt;
    }

    std::optional<int> wordScore(QStringView word, QStringView text)
    {
        constexpr int atStart = 1000;
        constexpr int atWord = 800;
        constexpr int anywhere = 500;
        const qsizetype first = text.indexOf(word);
        if (first < 0)
            return word.size() > 1 ? scattered(word, text) : std::nullopt;
        if (first == 0)
            return atStart;
        for (qsizetype at = first; at >= 0; at = text.indexOf(word, at + 1)) {
            if (beginsWord(text, at))
                return atWord;
        }
        return anywhere;
    }

} // namespace

QString folded(const QString& text)
{
    return text.toCaseFolded();
}

std::optional<int> matchScore(QStringView query, QStringView text)
{
    int score = 0;
    qsizetype at = 0;
    while (at < query.size()) {
        const qsizetype space = query.indexOf(QLatin1Char(' '), at);
        const qsizetype end = space < 0 ? query.size() : space;
        const QStringView word = query.mid(at, end - at);
        at = end + 1;
        if (word.isEmpty())
            continue;
        const auto of = wordScore(word, text);
        if (!of)
            return std::nullopt;
        score += *of;
    }
    // Of two that fit alike, the shorter says it more exactly.
    return score - static_cast<int>(std::min<qsizetype>(text.size(), 100));
}

} // namespace platter::app
