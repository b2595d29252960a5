// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/StateComparison.h"

#include <algorithm>
#include <mutex>

namespace platter::app {

namespace {

    /// The pyramid's categories stand for differences here; that of a problem is a problem.
    MapCategory categoryOf(DifferenceKind kind)
    {
        const auto shade = [](DifferenceShade one) { return static_cast<std::uint8_t>(one); };
        switch (kind) {
        case DifferenceKind::Same: return {};
        case DifferenceKind::SameContent: return shade(DifferenceShade::SameContent);
        case DifferenceKind::Changed: return shade(DifferenceShade::Changed);
        case DifferenceKind::New: return shade(DifferenceShade::New);
        case DifferenceKind::Gone: return shade(DifferenceShade::Gone);
        case DifferenceKind::Damaged: return static_cast<std::uint8_t>(MapKind::Problem);
        }
        return {};
    }

    class Picture final : public ClusterMapSource {
    public:
        Picture(std::shared_ptr<const MapPyramid> pyramid, Bytes unit)
            : m_pyramid(std::move(pyramid))
            , m_unit(unit)
        {
        }
        quint64 size() const override { return m_pyramid->size().value; }
        quint64 unit() const override { return m_unit.value; }
        CellShares shares(quint64 from, quint64 length) const override
        {
            const MapPyramid::Shares found = m_pyramid->shares(from, Bytes{length});
            CellShares cell;
            cell.known = found.known;
            cell.problem = found.problem;
            std::copy(found.of.begin(), found.of.end(), cell.of.begin());
            return cell;
        }

    private:
        std::shared_ptr<const MapPyramid> m_pyramid;
        Bytes m_unit;
    };

    Bytes sizeOf(const Image& image, StateIndex state)
    {
        return state ? image.snapshots()[*state].diskSize : image.virtualSize();
    }

} // namespace

struct StateComparison::Feed {
    std::mutex mutex;
    std::shared_ptr<const MapPyramid> pyramid;
};

struct StateComparison::Result {
    DifferenceTotals totals;
    std::shared_ptr<const MapPyramid> pyramid;
};

ClusterMapLook differenceLook()
{
    ClusterMapLook look;
    look.kinds = {Token::MapData, Token::MapCompressed, Token::MapSnapshot, Token::MapZero,
        Token::MapFree, Token::MapFree, Token::MapFree, Token::MapProblem};
    look.problem = static_cast<int>(DifferenceShade::Damaged);
    return look;
}

StateComparison::StateComparison(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Compare"), this))
{
    document.addRunner(m_runner);
    m_feedTimer.setInterval(50);
    connect(&m_feedTimer, &QTimer::timeout, this, &StateComparison::takeFeed);
    connect(m_runner, &JobRunner::progressed, this, &StateComparison::changed);
    connect(m_runner, &JobRunner::cancelled, this, [this] {
        m_problem = tr("Stopped. What was compared until then is shown.");
        takeFeed();
    });
    connect(m_runner, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_problem = tr("The states could not be compared to the end. %1").arg(error.why);
        takeFeed();
    });
    connect(m_runner, &JobRunner::ended, this, [this] {
        m_feedTimer.stop();
        emit changed();
    });
}

StateComparison::~StateComparison() = default;

void StateComparison::compare(StateIndex first, StateIndex second, DifferenceOptions::Depth depth)
{
    clear();
    const auto image = m_document.image();
    if (!image)
        return;
    m_first = first;
    m_second = second;
    m_depth = depth;
    m_unit = image->clusterSize().value_or(64_KiB);
    m_feed = std::make_shared<Feed>();
    m_feedTimer.start();
    m_runner->start(
        [image, first, second, depth, unit = m_unit, feed = m_feed](const JobControl& job) {
            const Bytes size = std::max({sizeOf(*image, first), sizeOf(*image, second), unit});
            const auto pyramid = std::make_shared<MapPyramid>(size, unit);
            {
                const std::scoped_lock lock{feed->mutex};
                feed->pyramid = pyramid;
            }
            DifferenceOptions options;
            options.depth = depth;
            Result result;
            result.totals = compareStates(
                image, first, second, options,
                [&](const DifferenceRange& range) {
                    pyramid->append(range.length, categoryOf(range.kind));
                },
                job);
            const Bytes compared = std::max(result.totals.firstSize, result.totals.secondSize);
            if (compared < size)
                pyramid->append(size - compared, {});
            pyramid->finish();
            result.pyramid = pyramid;
            return result;
        },
        [this](Result result) {
            takeFeed();
            m_totals = result.totals;
            emit pictureChanged();
        });
    emit changed();
}

void StateComparison::stop()
{
    m_runner->cancel();
}

void StateComparison::clear()
{
    m_runner->drop();
    m_feedTimer.stop();
    m_feed.reset();
    m_problem.clear();
    m_totals.reset();
    m_pyramid.reset();
    m_picture.reset();
    emit pictureChanged();
    emit changed();
}

Bytes StateComparison::soFar(DifferenceKind kind) const
{
    if (m_totals)
        return m_totals->of(kind);
    const MapCategory category = categoryOf(kind);
    return m_pyramid && category ? m_pyramid->total(*category) : Bytes{};
}

void StateComparison::takeFeed()
{
    if (!m_feed)
        return;
    if (!m_pyramid) {
        const std::scoped_lock lock{m_feed->mutex};
        m_pyramid = m_feed->pyramid;
        if (m_pyramid)
            m_picture = std::make_shared<const Picture>(m_pyramid, m_unit);
    }
    emit pictureChanged();
    emit changed();
}

} // namespace platter::app
