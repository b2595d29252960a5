// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/BinPlot.h"

#include "widgets/plots/BinLayer.h"
#include "widgets/plots/BinPlotAccessible.h"
#include "widgets/theme/Theme.h"

#include <QCoreApplication>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>
#include <utility>

namespace platter {

namespace {

    constexpr double logFloor = 0.5; ///< where a logarithmic axis begins: below one

    /// Round numbers in few characters on the axis up.
    class CountTicker final : public QCPAxisTicker {
    protected:
        QString getTickLabel(double tick, const QLocale&, QChar, int) override
        {
            return shortCount(tick);
        }
        double getTickStep(const QCPRange& range) override
        {
            return std::max(1.0, QCPAxisTicker::getTickStep(range)); // half a cluster is none
        }
    };

    class LogTicker final : public QCPAxisTickerLog {
    protected:
        QString getTickLabel(double tick, const QLocale&, QChar, int) override
        {
            return shortCount(tick);
        }
        QVector<double> createTickVector(double, const QCPRange& range) override
        {
            // Over many decades every third is enough.
            const int decades = static_cast<int>(std::ceil(std::log10(range.upper)));
            const int step = decades > 6 ? 3 : 1;
            QVector<double> ticks;
            for (int power = 0; std::pow(10, power) <= range.upper; power += step)
                ticks << std::pow(10, power);
            return ticks;
        }
    };

    QAccessibleInterface* makeAccessible(const QString&, QObject* object)
    {
        if (auto* plot = qobject_cast<BinPlot*>(object))
            return new BinPlotAccessible(*plot);
        return nullptr;
    }

    QColor faint(Token token, int alpha)
    {
        QColor color = Theme::color(token);
        color.setAlpha(alpha);
        return color;
    }

    /// So much of a colour on the ground of the plot.
    QColor mixed(Token token, double share)
    {
        const QColor over = Theme::color(token);
        const QColor ground = Theme::color(Token::Surface);
        const auto part = [share](int a, int b) { return qRound(a * share + b * (1 - share)); };
        return {part(over.red(), ground.red()), part(over.green(), ground.green()),
            part(over.blue(), ground.blue())};
    }

} // namespace

BinPlot::BinPlot(Shape shape, Scale scale, QWidget* parent)
    : QCustomPlot(parent)
    , m_shape(shape)
    , m_scale(scale)
    , m_bars(nullptr)
    , m_acrossTicker(new QCPAxisTickerText)
{
    static const bool registered = [] {
        QAccessible::installFactory(makeAccessible);
        return true;
    }();
    Q_UNUSED(registered);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setInteractions({});
    setLayoutDirection(Qt::LeftToRight); // offsets and counts grow to the right everywhere
    xAxis->setTicker(m_acrossTicker);
    xAxis->setSubTicks(false);
    xAxis->grid()->setVisible(false);
    if (scale == Scale::Logarithmic) {
        yAxis->setScaleType(QCPAxis::stLogarithmic);
        yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new LogTicker));
    } else {
        yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new CountTicker));
    }
    yAxis->setSubTicks(false);
    makeGraphs();
    applyTheme();
    // A new plot asks for a picture of itself while it is empty and hidden.
    QCoreApplication::removePostedEvents(this, QEvent::MetaCall);
    mReplotQueued = false;
}

void BinPlot::makeGraphs()
{
    m_bars = new BinLayer(*this, *xAxis, *yAxis, m_bins); // the plot owns it
    m_marks = addGraph();
    m_marks->setLineStyle(QCPGraph::lsNone);
    m_marks->setAdaptiveSampling(false);
    m_zero = new QCPItemStraightLine(this);
    m_zero->point1->setCoords(0, 0);
    m_zero->point2->setCoords(1, 0);
    m_zero->setVisible(m_shape == Shape::Differences);
    addLayer(QStringLiteral("brush"), layer(QStringLiteral("main")), QCustomPlot::limAbove);
    layer(QStringLiteral("brush"))->setMode(QCPLayer::lmBuffered);
    m_brushItem = new QCPItemRect(this);
    m_brushItem->setLayer(QStringLiteral("brush"));
    m_brushItem->topLeft->setTypeX(QCPItemPosition::ptPlotCoords);
    m_brushItem->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_brushItem->bottomRight->setTypeX(QCPItemPosition::ptPlotCoords);
    m_brushItem->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_brushItem->setVisible(false);
}

void BinPlot::setAxisTitles(const QString& across, const QString& up)
{
    xAxis->setLabel(across);
    yAxis->setLabel(up);
}

void BinPlot::setBins(std::vector<PlotBin> bins)
{
    const bool sameCount = bins.size() == m_bins.size();
    m_bins = std::move(bins);
    if (!sameCount) {
        m_cursor = -1;
        m_anchor = -1;
        m_brush.reset();
    }
    fill();
    placeTicks();
    showBrush();
    redraw();
    QAccessibleTableModelChangeEvent changed{this, QAccessibleTableModelChangeEvent::ModelReset};
    QAccessible::updateAccessibility(&changed);
}

void BinPlot::setTicks(std::vector<PlotTick> ticks)
{
    m_ticks = std::move(ticks);
    placeTicks();
    redraw();
}

void BinPlot::fill()
{
    const auto count = static_cast<qsizetype>(m_bins.size());
    const bool logarithmic = m_scale == Scale::Logarithmic;
    QVector<double> markKeys;
    QVector<double> markValues;
    double top = 1;
    double bottom = 0;
    for (qsizetype i = 0; i < count; ++i) {
        const PlotBin& bin = m_bins[static_cast<std::size_t>(i)];
        top = std::max({top, bin.whole, bin.high});
        bottom = std::min(bottom, bin.low);
        if (bin.mark == PlotBin::Mark::Problem) {
            markKeys << static_cast<double>(i) + 0.5;
            markValues << (bin.low < 0 ? bin.low : bin.high);
        }
    }
    m_marks->setData(markKeys, markValues, true);
    xAxis->setRange(0, std::max<double>(1, static_cast<double>(count)));
    if (logarithmic)
        yAxis->setRange(logFloor, top * 2);
    else if (m_shape == Shape::Differences)
        yAxis->setRange(std::min(bottom * 1.25, -1.0), std::max(top * 1.25, 1.0));
    else
        yAxis->setRange(0, top * 1.15);
}

void BinPlot::placeTicks()
{
    m_acrossTicker->clear();
    if (!m_ticks.empty()) {
        for (const PlotTick& tick : m_ticks)
            m_acrossTicker->addTick(tick.at, tick.text);
        return;
    }
    const auto count = static_cast<int>(m_bins.size());
    if (count == 0)
        return;
    int widest = 1;
    for (const PlotBin& bin : m_bins)
        widest = std::max(widest, fontMetrics().horizontalAdvance(bin.name));
    const int room = std::max(1, axisRect()->width() / (widest + 10));
    const int step = (count + room - 1) / room;
    for (int i = 0; i < count; i += step)
        m_acrossTicker->addTick(i + 0.5, m_bins[static_cast<std::size_t>(i)].name);
}

void BinPlot::applyTheme()
{
    setBackground(Theme::color(Token::Surface));
    const QColor words = Theme::color(Token::TextSecond);
    const QPen line{Theme::color(Token::ControlEdge), 1};
    QFont small = font();
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setBasePen(line);
        axis->setTickPen(line);
        axis->setTickLabelColor(words);
        axis->setLabelColor(words);
        axis->setTickLabelFont(small);
        axis->setLabelFont(small);
        axis->setTickLength(0, 4);
        axis->grid()->setPen(QPen{Theme::color(Token::Divider), 1});
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    const Token main = m_shape == Shape::Differences ? Token::MapLeaked : Token::MapData;
    BinLayer::Look look;
    look.whole = Theme::color(Token::MapFree);
    look.high = Theme::color(main);
    if (m_shape == Shape::Steps) {
        look.highLine = Theme::color(main);
        look.high = mixed(main, 0.35);
        look.low = mixed(main, 0.55);
        look.lowLine = mixed(main, 0.75);
    } else if (m_shape == Shape::Differences) {
        look.low = Theme::color(Token::MapProblem);
    }
    m_bars->setLook(look);
    m_marks->setScatterStyle(QCPScatterStyle{
        QCPScatterStyle::ssCross, QPen{Theme::color(Token::MapProblem), 2}, Qt::NoBrush, 9});
    m_zero->setPen(line);
    m_brushItem->setPen(QPen{Theme::color(Token::Link), 1});
    m_brushItem->setBrush(faint(Token::Link, 45));
    redraw();
}

void BinPlot::showBrush()
{
    const bool keyed = hasFocus() && m_cursor >= 0;
    m_brushItem->setVisible(m_brush.has_value() || keyed);
    const Range range = m_brush.value_or(Range{m_cursor, m_cursor});
    m_brushItem->topLeft->setCoords(range.first, 0);
    m_brushItem->bottomRight->setCoords(range.last + 1, 1);
    if (isVisible())
        m_brushItem->layer()->replot();
    else
        m_isStale = true;
}

void BinPlot::setBrush(const std::optional<Range>& range)
{
    if (range == m_brush)
        return;
    m_brush = range;
    showBrush();
}

int BinPlot::binAt(int x) const
{
    if (m_bins.empty())
        return -1;
    const double at = std::floor(xAxis->pixelToCoord(x));
    return static_cast<int>(std::clamp(at, 0.0, static_cast<double>(m_bins.size() - 1)));
}

QRect BinPlot::rectOfBin(int bin) const
{
    const int left = static_cast<int>(std::lround(xAxis->coordToPixel(bin)));
    const int right = static_cast<int>(std::lround(xAxis->coordToPixel(bin + 1)));
    return {left, axisRect()->top(), std::max(1, right - left), axisRect()->height()};
}

QString BinPlot::csv(const QString& nameTitle, const QString& valueTitle) const
{
    const auto quoted = [](QString text) {
        text.replace(QLatin1Char('"'), QLatin1String("\"\""));
        return QLatin1Char('"') + text + QLatin1Char('"');
    };
    const auto number = [](double value) { return QString::number(value, 'f', 0); };
    QString lines = quoted(nameTitle) + QStringLiteral(",\"least\",\"most\",") + quoted(valueTitle)
        + QLatin1Char('\n');
    for (const PlotBin& bin : m_bins)
        lines += quoted(bin.name) + QLatin1Char(',') + number(bin.low) + QLatin1Char(',')
            + number(bin.high) + QLatin1Char(',') + quoted(bin.words) + QLatin1Char('\n');
    return lines;
}

bool BinPlot::writePicture(const QString& path)
{
    if (path.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive))
        return savePdf(path);
    if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
        return writeSvg(path);
    return savePng(path, 0, 0, 2.0);
}

bool BinPlot::writeSvg(const QString& path)
{
    QSvgGenerator file;
    file.setFileName(path);
    file.setSize(size());
    file.setViewBox(rect());
    QCPPainter painter;
    if (!painter.begin(&file))
        return false;
    painter.setMode(QCPPainter::pmVectorized);
    toPainter(&painter, width(), height());
    return painter.end();
}

void BinPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || m_bins.empty()) {
        event->ignore();
        return;
    }
    m_dragFrom = binAt(event->pos().x());
    m_cursor = m_anchor = *m_dragFrom;
    setBrush(Range{*m_dragFrom, *m_dragFrom});
}

void BinPlot::mouseMoveEvent(QMouseEvent* event)
{
    const int bin = binAt(event->pos().x());
    if (!m_dragFrom || bin < 0)
        return;
    m_cursor = bin;
    setBrush(Range{std::min(*m_dragFrom, bin), std::max(*m_dragFrom, bin)});
}

void BinPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragFrom)
        return;
    m_dragFrom.reset();
    if (m_brush)
        emit brushed(*m_brush);
}

void BinPlot::wheelEvent(QWheelEvent* event)
{
    event->ignore(); // the page scrolls, if it can
}

void BinPlot::moveCursor(int to, Qt::KeyboardModifiers modifiers)
{
    if (m_bins.empty())
        return;
    m_cursor = std::clamp(to, 0, static_cast<int>(m_bins.size()) - 1);
    if (!(modifiers & Qt::ShiftModifier) || m_anchor < 0)
        m_anchor = m_cursor;
    m_brush = Range{std::min(m_anchor, m_cursor), std::max(m_anchor, m_cursor)};
    showBrush();
    emit brushed(*m_brush);
    QAccessibleEvent focused{this, QAccessible::Focus};
    focused.setChild(m_cursor * BinPlotAccessible::columns + 1);
    QAccessible::updateAccessibility(&focused);
}

void BinPlot::keyPressEvent(QKeyEvent* event)
{
    const int page = std::max(1, static_cast<int>(m_bins.size()) / 10);
    switch (event->key()) {
    case Qt::Key_Left: moveCursor(std::max(0, m_cursor - 1), event->modifiers()); return;
    case Qt::Key_Right: moveCursor(m_cursor + 1, event->modifiers()); return;
    case Qt::Key_PageUp: moveCursor(m_cursor - page, event->modifiers()); return;
    case Qt::Key_PageDown: moveCursor(m_cursor + page, event->modifiers()); return;
    case Qt::Key_Home: moveCursor(0, event->modifiers()); return;
    case Qt::Key_End: moveCursor(static_cast<int>(m_bins.size()) - 1, event->modifiers()); return;
    case Qt::Key_Escape:
        m_dragFrom.reset();
        if (!m_brush)
            break;
        setBrush({});
        emit brushCleared();
        return;
    default: break;
    }
    QCustomPlot::keyPressEvent(event);
}

void BinPlot::contextMenuEvent(QContextMenuEvent* event)
{
    emit menuRequested(event->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(rect().center())
                                                                      : event->globalPos());
}

void BinPlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

void BinPlot::focusInEvent(QFocusEvent* event)
{
    QCustomPlot::focusInEvent(event);
    showBrush();
    update();
}

void BinPlot::focusOutEvent(QFocusEvent* event)
{
    QCustomPlot::focusOutEvent(event);
    showBrush();
    update();
}

/// What nobody sees is drawn when it is shown: a window has several plots, and opens with all.
void BinPlot::redraw()
{
    if (isVisible())
        replot(rpQueuedReplot);
    else
        m_isStale = true;
}

void BinPlot::showEvent(QShowEvent* event)
{
    QCustomPlot::showEvent(event);
    if (std::exchange(m_isStale, false))
        replot(rpQueuedReplot);
}

void BinPlot::resizeEvent(QResizeEvent* event)
{
    QCustomPlot::resizeEvent(event);
    placeTicks();
}

bool BinPlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int bin = axisRect()->rect().contains(help->pos()) ? binAt(help->pos().x()) : -1;
        if (bin < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(),
                m_bins[static_cast<std::size_t>(bin)].name + QLatin1Char('\n')
                    + m_bins[static_cast<std::size_t>(bin)].words,
                this);
        return true;
    }
    return QCustomPlot::event(event);
}

} // namespace platter
