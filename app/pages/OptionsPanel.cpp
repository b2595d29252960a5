// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/OptionsPanel.h"

#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/SearchBox.h"
#include "core/formats/Image.h"

#include <QAbstractListModel>
#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>

#include <algorithm>
#include <array>

namespace platter::app {

namespace {

    using Option = ConversionOption;

    constexpr int controlHeight = 30;
    constexpr std::array clusterSizes{Bytes{512}, Bytes{1 << 10}, Bytes{2 << 10}, Bytes{4 << 10},
        Bytes{8 << 10}, Bytes{16 << 10}, Bytes{32 << 10}, Bytes{64 << 10}, Bytes{128 << 10},
        Bytes{256 << 10}, Bytes{512 << 10}, Bytes{1 << 20}, Bytes{2 << 20}};
    constexpr std::array refcountBits{1U, 2U, 4U, 8U, 16U, 32U, 64U};

    /// The place of a value in a box whose first entry leaves it open.
    template <class Value, std::size_t Count>
    int placeOf(const std::optional<Value>& value, const std::array<Value, Count>& values)
    {
        const auto found = value ? std::find(values.begin(), values.end(), *value) : values.end();
        return found == values.end() ? 0 : static_cast<int>(found - values.begin()) + 1;
    }

    template <class Value, std::size_t Count>
    std::optional<Value> valueAt(int place, const std::array<Value, Count>& values)
    {
        if (place <= 0 || place > static_cast<int>(Count))
            return std::nullopt;
        return values[static_cast<std::size_t>(place) - 1];
    }

    constexpr std::array switchValues{true, false};

    QStringList switchTexts()
    {
        return {OptionsPanel::tr("As the source"), OptionsPanel::tr("On", "an option"),
            OptionsPanel::tr("Off", "an option")};
    }

    QString stateText(const SnapshotInfo& snapshot)
    {
        return OptionsPanel::tr("Snapshot %1: %2", "an id, a name")
            .arg(shownText(snapshot.id), shownText(snapshot.name));
    }

} // namespace

/// The present state and the snapshots of an image, of which there may be 65 536.
class OptionsPanel::States final : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;

    void show(std::shared_ptr<const Image> image)
    {
        if (image == m_image)
            return;
        beginResetModel();
        m_image = std::move(image);
        endResetModel();
    }
    int rowCount(const QModelIndex& parent) const override
    {
        return parent.isValid() ? 0
                                : 1 + static_cast<int>(m_image ? m_image->snapshots().size() : 0);
    }
    QVariant data(const QModelIndex& index, int role) const override
    {
        if (role != Qt::DisplayRole && role != Qt::EditRole)
            return {};
        return index.row() == 0
            ? OptionsPanel::tr("Present state")
            : stateText(m_image->snapshots()[static_cast<std::size_t>(index.row()) - 1]);
    }

private:
    std::shared_ptr<const Image> m_image;
};

OptionsPanel::OptionsPanel(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
    , m_states(new States(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(wideGap);
    m_grid->setVerticalSpacing(smallGap);
    m_grid->setColumnStretch(2, 1);

    const QString open = tr("As the source");
    QStringList sizes{open};
    for (const Bytes size : clusterSizes)
        sizes << shownSize(size);
    QStringList widths{open};
    for (const unsigned bits : refcountBits)
        widths << tr("%n bit(s)", nullptr, static_cast<int>(bits));
    m_compress = addTick(Option::Compress, tr("&Compress the data"));
    m_codec = addChoice(Option::Codec, tr("Codec"), {open, tr("zlib"), tr("zstd")});
    m_level = addChoice(Option::Level, tr("Effort"), {tr("Fast"), tr("Usual"), tr("Best")});
    m_state = new SearchBox;
    m_state->setRows(*m_states, 0);
    m_state->setAccessibleName(tr("State"));
    addLine(Option::State, {m_state, new TextLabel(TextLabel::Rank::Body, tr("State"))});
    m_keepSnapshots = addTick(Option::KeepSnapshots, tr("Keep all &snapshots"));
    m_keepBitmaps = addTick(Option::KeepBitmaps, tr("Keep &bitmaps"));
    m_keepEncryption = addTick(Option::KeepEncryption, tr("Keep the &encryption"));
    m_keepBacking = addChoice(Option::KeepBacking, tr("Backing file"), {});
    m_clusterSize = addChoice(Option::ClusterSize, tr("Cluster size"), sizes);
    m_version = addChoice(Option::Version, tr("Version"), {open, tr("3"), tr("2 (compat 0.10)")});
    m_refcountBits = addChoice(Option::RefcountBits, tr("Refcount width"), widths);
    m_extendedL2 = addChoice(Option::ExtendedL2, tr("Extended L2 entries"), switchTexts());
    m_lazyRefcounts = addChoice(Option::LazyRefcounts, tr("Lazy refcounts"), switchTexts());
    m_preallocation = addChoice(Option::Preallocation, tr("Preallocation"),
        {tr("None"), tr("A place for each cluster"), tr("Reserved by the file system"),
            tr("Written with zeros")});
    m_fixed = addChoice(Option::Fixed, tr("Fixed size"), switchTexts());
    m_verify = new QCheckBox(tr("Verify: com&pare with the source"));
    m_verify->setMinimumHeight(hugeGap);
    m_grid->addWidget(m_verify, m_grid->rowCount(), 0, 1, 3);

    for (QCheckBox* box : {m_compress, m_keepSnapshots, m_keepBitmaps, m_keepEncryption, m_verify})
        connect(box, &QCheckBox::toggled, this, &OptionsPanel::take);
    for (QComboBox* box :
        {m_codec, m_level, static_cast<QComboBox*>(m_state), m_keepBacking, m_clusterSize,
            m_version, m_refcountBits, m_extendedL2, m_lazyRefcounts, m_preallocation, m_fixed})
        connect(box, &QComboBox::currentIndexChanged, this, &OptionsPanel::take);
}

QComboBox* OptionsPanel::addChoice(Option option, const QString& name, const QStringList& texts)
{
    auto* box = new QComboBox;
    box->setAccessibleName(name);
    box->addItems(texts);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    addLine(option, {box, new TextLabel(TextLabel::Rank::Body, name)});
    return box;
}

QCheckBox* OptionsPanel::addTick(Option option, const QString& name)
{
    auto* box = new QCheckBox(name);
    box->setAccessibleName(QString(name).remove(QLatin1Char('&')));
    addLine(option, {box});
    return box;
}

void OptionsPanel::addLine(Option option, Line line)
{
    const int row = m_grid->rowCount();
    line.control->setMinimumHeight(line.label ? controlHeight : hugeGap);
    line.reason = new TextLabel(TextLabel::Rank::Second);
    line.reason->setWordWrap(true);
    line.reason->setMinimumWidth(140);
    if (line.label) {
        m_grid->addWidget(line.label, row, 0);
        m_grid->addWidget(line.control, row, 1);
    } else {
        m_grid->addWidget(line.control, row, 0, 1, 2);
    }
    m_grid->addWidget(line.reason, row, 2);
    m_lines[option] = line;
}

void OptionsPanel::show(const ConversionChoice& choice,
    const std::vector<ConversionSource>& sources, std::size_t images)
{
    m_showing = true;
    m_choice = choice;
    m_sources = sources;
    fillSources();
    // Only an image of the same format has something that can be taken over.
    const bool follows
        = std::any_of(sources.begin(), sources.end(), [&choice](const ConversionSource& source) {
              return source.image->formatId() == choice.format;
          });
    for (QComboBox* box :
        {m_codec, m_clusterSize, m_version, m_refcountBits, m_extendedL2, m_lazyRefcounts, m_fixed})
        box->setItemText(0, follows ? tr("As the source") : tr("Usual", "choice of the format"));
    const NewImage& image = choice.image;
    m_compress->setChecked(image.compress);
    m_codec->setCurrentIndex(
        placeOf(image.compression, std::array{Compression::Deflate, Compression::Zstd}));
    m_level->setCurrentIndex(static_cast<int>(image.level));
    m_clusterSize->setCurrentIndex(placeOf(image.clusterSize, clusterSizes));
    m_version->setCurrentIndex(placeOf(image.version, std::array{3U, 2U}));
    m_refcountBits->setCurrentIndex(placeOf(image.refcountBits, refcountBits));
    m_extendedL2->setCurrentIndex(placeOf(image.extendedL2, switchValues));
    m_lazyRefcounts->setCurrentIndex(placeOf(image.lazyRefcounts, switchValues));
    m_preallocation->setCurrentIndex(static_cast<int>(image.preallocation));
    m_fixed->setCurrentIndex(placeOf(image.fixed, switchValues));
    m_keepSnapshots->setChecked(choice.keepSnapshots);
    m_keepBitmaps->setChecked(choice.keepBitmaps);
    m_keepEncryption->setChecked(choice.keepEncryption);
    m_verify->setChecked(choice.verify);

    for (const auto& [option, line] : m_lines) {
        // An image that is not open yet may be another one.
        const bool several
            = images != 1 && (option == Option::State || option == Option::KeepBacking);
        const QString why = several ? tr("Can be chosen for one image at a time.")
                                    : whyNotChosen(option, choice, sources);
        line.control->setEnabled(why.isEmpty());
        line.control->setToolTip(why);
        line.control->setStatusTip(why);
        line.control->setAccessibleDescription(why);
        if (line.label)
            line.label->setToken(why.isEmpty() ? Token::Text : Token::TextSecond);
        line.reason->setText(why);
    }
    m_showing = false;
}

/// What only one image can be asked for: its snapshots and the files that it rests on.
void OptionsPanel::fillSources()
{
    m_states->show(m_sources.size() == 1 ? m_sources.front().image : nullptr);
    int state = 0;
    QStringList layers{tr("None: all data in one file")};
    int layer = 0;
    if (m_sources.size() == 1) {
        const auto& snapshots = m_sources.front().image->snapshots();
        for (std::size_t i = 0; m_choice.snapshot && i < snapshots.size(); ++i) {
            if (snapshots[i].id == *m_choice.snapshot)
                state = static_cast<int>(i) + 1;
        }
        for (const ConversionSource::Layer& below : m_sources.front().below)
            layers << tr("Keep %1").arg(shownPath(below.path.filename()));
        if (m_choice.keepLayer && *m_choice.keepLayer < m_sources.front().below.size())
            layer = static_cast<int>(*m_choice.keepLayer) + 1;
    }
    m_state->choose(state);
    QStringList shown;
    for (int i = 0; i < m_keepBacking->count(); ++i)
        shown << m_keepBacking->itemText(i);
    if (shown != layers) {
        m_keepBacking->clear();
        m_keepBacking->addItems(layers);
    }
    m_keepBacking->setCurrentIndex(layer);
}

void OptionsPanel::take()
{
    if (m_showing)
        return;
    ConversionChoice choice = m_choice;
    NewImage& image = choice.image;
    image.compress = m_compress->isChecked();
    image.compression
        = valueAt(m_codec->currentIndex(), std::array{Compression::Deflate, Compression::Zstd});
    image.level = static_cast<CompressionLevel>(m_level->currentIndex());
    image.clusterSize = valueAt(m_clusterSize->currentIndex(), clusterSizes);
    image.version = valueAt(m_version->currentIndex(), std::array{3U, 2U});
    image.refcountBits = valueAt(m_refcountBits->currentIndex(), refcountBits);
    image.extendedL2 = valueAt(m_extendedL2->currentIndex(), switchValues);
    image.lazyRefcounts = valueAt(m_lazyRefcounts->currentIndex(), switchValues);
    image.preallocation = static_cast<NewImage::Preallocation>(m_preallocation->currentIndex());
    image.fixed = valueAt(m_fixed->currentIndex(), switchValues);
    choice.keepSnapshots = m_keepSnapshots->isChecked();
    choice.keepBitmaps = m_keepBitmaps->isChecked();
    choice.keepEncryption = m_keepEncryption->isChecked();
    choice.verify = m_verify->isChecked();
    if (m_sources.size() == 1) {
        const int state = m_state->currentIndex();
        const auto& snapshots = m_sources.front().image->snapshots();
        choice.snapshot = state > 0 && static_cast<std::size_t>(state) <= snapshots.size()
            ? std::optional{snapshots[static_cast<std::size_t>(state) - 1].id}
            : std::nullopt;
        const int layer = m_keepBacking->currentIndex();
        choice.keepLayer
            = layer > 0 ? std::optional{static_cast<std::size_t>(layer) - 1} : std::nullopt;
    }
    emit chosen(choice);
}

} // namespace platter::app
