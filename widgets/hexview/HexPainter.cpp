// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexPainter.h"

#include "widgets/theme/Theme.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QGlyphRun>
#include <QLocale>
#include <QPainter>
#include <QRawFont>

#include <algorithm>
#include <array>
#include <limits>

namespace platter {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(HexView)
    };

    Token tintToken(int tint)
    {
        constexpr Token tints[]
            = {Token::FieldTint1, Token::FieldTint2, Token::FieldTint3, Token::FieldTint4};
        return tints[static_cast<unsigned>(tint) % 4];
    }

    /// Collects single characters and draws all of one colour at once. Drawing each by itself would
    /// lay out some thousands of texts a frame.
    class Glyphs {
    public:
        enum Ink { Plain, Faint, Selected, InkCount };

        explicit Glyphs(const QFont& font)
            : m_font(QRawFont::fromFont(font))
        {
            QString all;
            for (char16_t code = first; code < 0x7f; ++code)
                all += QChar{code};
            const QList<quint32> indexes = m_font.glyphIndexesForString(all);
            for (qsizetype i = 0; i < std::min<qsizetype>(indexes.size(), all.size()); ++i)
                m_index[static_cast<std::size_t>(i)] = indexes[i];
            const QList<quint32> dot = m_font.glyphIndexesForString(QStringLiteral("·"));
            m_dot = dot.isEmpty() || dot.first() == 0 ? indexOf(u'.') : dot.first();
        }

        void add(Ink ink, int x, int baseline, char16_t code)
        {
            addIndex(ink, x, baseline, indexOf(code));
        }
        /// Stands for a digit that is not here yet.
        void addDot(Ink ink, int x, int baseline) { addIndex(ink, x, baseline, m_dot); }

        void draw(QPainter& painter) const
        {
            const std::array<QColor, InkCount> colours{
                Theme::color(Token::Text), Theme::color(Token::TextSecond), QColor{Qt::white}};
            for (std::size_t ink = 0; ink < InkCount; ++ink) {
                if (m_runs[ink].indexes.isEmpty())
                    continue;
                QGlyphRun run;
                run.setRawFont(m_font);
                run.setGlyphIndexes(m_runs[ink].indexes);
                run.setPositions(m_runs[ink].positions);
                painter.setPen(colours[ink]);
                painter.drawGlyphRun({0, 0}, run);
            }
        }

    private:
        static constexpr char16_t first = 0x20;

        quint32 indexOf(char16_t code) const
        {
            return m_index[static_cast<std::size_t>(code - first) % m_index.size()];
        }
        void addIndex(Ink ink, int x, int baseline, quint32 index)
        {
            m_runs[ink].indexes << index;
            m_runs[ink].positions << QPointF(x, baseline);
        }

        struct Run {
            QList<quint32> indexes;
            QList<QPointF> positions;
        };
        QRawFont m_font;
        std::array<quint32, 0x7f - first> m_index{};
        quint32 m_dot = 0;
        std::array<Run, InkCount> m_runs;
    };

    class Painter {
    public:
        Painter(QPainter& painter, const HexPicture& picture)
            : m_painter(painter)
            , m_picture(picture)
            , m_geometry(picture.geometry)
            , m_glyphs(picture.font)
        {
            const QFontMetrics metrics{picture.font};
            m_baseline = (m_geometry.rowHeight - metrics.height()) / 2 + metrics.ascent();
        }

        void paint(HexSource* source)
        {
            std::vector<std::byte> bytes(static_cast<std::size_t>(m_geometry.bytesPerRow));
            for (const HexRow& row : m_geometry.shown) {
                const std::size_t count = row.end - row.start;
                if (row.kind == HexRow::Kind::Zeros) {
                    paintZeros(row);
                    continue;
                }
                paintGrounds(row);
                const bool here
                    = source && source->tryRead(row.start, std::span{bytes}.first(count));
                addOffset(row.start);
                for (std::size_t i = 0; i < count; ++i)
                    addByte(row.start + i, here ? &bytes[i] : nullptr);
            }
            m_glyphs.draw(m_painter);
            if (m_picture.hoverLength && m_picture.hoverFrom < m_geometry.size)
                paintFrame(
                    m_picture.hoverFrom, m_picture.hoverLength, Theme::color(Token::ControlEdge));
            if (m_picture.showCursor == HexPicture::Cursor::Shown)
                paintFrame(m_picture.cursor, 1, Theme::color(Token::Link));
        }

    private:
        bool isSelected(quint64 at) const
        {
            return at >= m_picture.selectedFrom
                && at - m_picture.selectedFrom < m_picture.selectedLength;
        }

        /// The tints of a row's fields and the ground of what is selected, each as far as it goes.
        void paintGrounds(const HexRow& row)
        {
            for (quint64 at = row.start; at < row.end;) {
                const bool selected = isSelected(at);
                const HexMark* const mark = selected ? nullptr : markAt(m_picture.marks, at);
                quint64 end = at + 1;
                while (end < row.end && isSelected(end) == selected
                    && (selected || markAt(m_picture.marks, end) == mark))
                    ++end;
                if (selected || (mark && mark->tint >= 0)) {
                    const QColor ground
                        = Theme::color(selected ? Token::Accent : tintToken(mark->tint));
                    for (const auto rectOf : {&HexGeometry::hexRect, &HexGeometry::textRect})
                        m_painter.fillRect((m_geometry.*rectOf)(at)
                                               .united((m_geometry.*rectOf)(end - 1))
                                               .adjusted(0, 1, 0, -1),
                            ground);
                }
                at = end;
            }
        }

        void addOffset(quint64 offset)
        {
            const int baseline = m_geometry.hexRect(offset).top() + m_baseline;
            int x = m_geometry.margin;
            for (const QChar character : hexOffsetText(offset, m_geometry.offsetDigits)) {
                m_glyphs.add(Glyphs::Faint, x, baseline, character.unicode());
                x += m_geometry.charWidth;
            }
        }

        /// @param byte  nullptr: it is not here yet
        void addByte(quint64 at, const std::byte* byte)
        {
            constexpr char16_t digits[] = u"0123456789abcdef";
            const QRect hex = m_geometry.hexRect(at);
            const int baseline = hex.top() + m_baseline;
            const auto ink = isSelected(at) ? Glyphs::Selected
                : byte                      ? Glyphs::Plain
                                            : Glyphs::Faint;
            if (!byte) {
                m_glyphs.addDot(ink, hex.left(), baseline);
                m_glyphs.addDot(ink, hex.left() + m_geometry.charWidth, baseline);
                return;
            }
            const auto value = std::to_integer<unsigned>(*byte);
            m_glyphs.add(ink, hex.left(), baseline, digits[value >> 4]);
            m_glyphs.add(ink, hex.left() + m_geometry.charWidth, baseline, digits[value & 15]);
            const bool printable = value >= 0x20 && value < 0x7f;
            m_glyphs.add(ink, m_geometry.textRect(at).left(), baseline,
                printable ? static_cast<char16_t>(value) : u'.');
        }

        void paintZeros(const HexRow& row)
        {
            const QRect first = m_geometry.hexRect(row.start);
            const QRect line{m_geometry.hexLeft(), first.top() + 1,
                m_geometry.width() - m_geometry.hexLeft() - m_geometry.margin, first.height() - 2};
            const bool chosen = m_picture.selectedLength && m_picture.cursor >= row.start
                && m_picture.cursor < row.end;
            m_painter.fillRect(line, Theme::color(chosen ? Token::Accent : Token::Window));
            addOffset(row.start);
            m_painter.setPen(chosen ? QColor{Qt::white} : Theme::color(Token::TextSecond));
            const auto bytes = static_cast<qint64>(
                std::min<quint64>(row.end - row.start, std::numeric_limits<qint64>::max()));
            m_painter.drawText(line.adjusted(m_geometry.margin, 0, -m_geometry.margin, 0),
                Qt::AlignVCenter | Qt::AlignLeft,
                Words::tr("%1 of zeros. Enter opens.")
                    .arg(QLocale().formattedDataSize(bytes, 2, QLocale::DataSizeIecFormat)));
        }

        /// Outlines a range in both columns, row by row.
        void paintFrame(quint64 offset, quint64 length, const QColor& colour)
        {
            m_painter.setPen(colour);
            m_painter.setBrush(Qt::NoBrush);
            const quint64 end = offset + std::min(length, m_geometry.size - offset);
            for (const HexRow& row : m_geometry.shown) {
                const quint64 from = std::max(row.start, offset);
                const quint64 to = std::min(row.end, end);
                if (from >= to || row.kind == HexRow::Kind::Zeros)
                    continue;
                for (const auto rectOf : {&HexGeometry::hexRect, &HexGeometry::textRect})
                    m_painter.drawRect((m_geometry.*rectOf)(from)
                                           .united((m_geometry.*rectOf)(to - 1))
                                           .adjusted(-1, 0, 0, -1));
            }
        }

        QPainter& m_painter;
        const HexPicture& m_picture;
        const HexGeometry& m_geometry;
        Glyphs m_glyphs;
        int m_baseline = 0; ///< pixels below the top of a row
    };

} // namespace

const HexMark* markAt(const std::vector<HexMark>& marks, quint64 offset)
{
    auto after = std::upper_bound(marks.begin(), marks.end(), offset,
        [](quint64 at, const HexMark& mark) { return at < mark.offset; });
    if (after == marks.begin())
        return nullptr;
    --after;
    return offset - after->offset < after->length ? &*after : nullptr;
}

QString hexOffsetText(quint64 offset, int characters)
{
    const int digits = (characters + 1) / 5 * 4;
    QString text = QString::number(offset, 16).rightJustified(digits, u'0');
    for (qsizetype at = text.size() - 4; at > 0; at -= 4)
        text.insert(at, u'_');
    return text;
}

void paintHex(QPainter& painter, const HexPicture& picture, HexSource* source)
{
    painter.setFont(picture.font);
    Painter{painter, picture}.paint(source);
}

} // namespace platter
