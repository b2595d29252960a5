// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/SettingsDialog.h"

#include "app/jobs/JobQueue.h"
#include "app/models/KeysModel.h"
#include "app/session/ImageMemory.h"
#include "app/session/KeyMap.h"
#include "app/session/Preferences.h"
#include "app/window/ActionButton.h"
#include "app/window/ActionSet.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/RecentImages.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QSpinBox>
#include <QTabWidget>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int controlHeight = 30;

    QVBoxLayout* columnOf(QWidget& page)
    {
        auto* column = new QVBoxLayout(&page);
        column->setContentsMargins(wideGap, wideGap, wideGap, wideGap);
        column->setSpacing(gap);
        return column;
    }

    TextLabel* hint(const QString& text)
    {
        auto* label = new TextLabel(TextLabel::Rank::Second, text);
        label->setWordWrap(true);
        return label;
    }

    QComboBox* choices(const QString& name, const QStringList& texts, int now)
    {
        auto* box = new QComboBox;
        box->setAccessibleName(name);
        box->addItems(texts);
        box->setCurrentIndex(now);
        box->setMinimumHeight(controlHeight);
        return box;
    }

    QCheckBox* toggle(const QString& text, bool now)
    {
        auto* box = new QCheckBox(text);
        box->setChecked(now);
        box->setMinimumHeight(hugeGap);
        return box;
    }

} // namespace

SettingsDialog::SettingsDialog(
    const ActionSet& actions, RecentImages& recent, JobQueue& jobs, QWidget* parent)
    : QDialog(parent)
    , m_keys(new KeysModel(this))
    , m_keyTable(new PlainTable(PlainTable::Height::FillsPage))
    , m_keyField(new QKeySequenceEdit)
    , m_keyWords(hint({}))
    , m_keySet(new ActionButton(tr("Use this key")))
    , m_keyReset(new ActionButton(tr("Standard key")))
{
    setWindowTitle(tr("Settings"));
    auto* tabs = new QTabWidget;
    tabs->setAccessibleName(tr("Settings"));
    tabs->setDocumentMode(true);
    tabs->addTab(createLook(), tr("Look"));
    tabs->addTab(createMemory(recent), tr("Memory"));
    tabs->addTab(createJobs(jobs), tr("Jobs"));
    tabs->addTab(createKeys(actions), tr("Keys"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(wideGap, wideGap, wideGap, wideGap);
    column->addWidget(tabs, 1);
    fitButtons(*buttons);
    column->addWidget(buttons);
    resize(600, 520);
    fitToText(*this);
}

QWidget* SettingsDialog::createLook()
{
    auto* page = new QWidget;
    auto* column = columnOf(*page);
    auto* form = new QFormLayout;
    form->setVerticalSpacing(gap);
    form->setHorizontalSpacing(wideGap);
    auto* theme = choices(tr("Theme"), {tr("As the system"), tr("Light"), tr("Dark")},
        static_cast<int>(Theme::choice()));
    auto* motion = choices(tr("Motion"), {tr("As the system"), tr("Always"), tr("Reduced")},
        static_cast<int>(Theme::motion()));
    form->addRow(tr("&Theme"), theme);
    form->addRow(tr("&Motion"), motion);
    for (QComboBox* field : {theme, motion}) // beside the middle of its field
        form->labelForField(field)->setMinimumHeight(controlHeight);
    column->addLayout(form);
    auto* contrast = toggle(tr("More &contrast"), Theme::contrast() == Theme::Contrast::More);
    column->addWidget(contrast);
    column->addWidget(hint(tr("Frames in the colour of text, plain grounds.")));
    auto* style = toggle(tr("Controls as the &system draws them"), Theme::usesSystemStyle());
    column->addWidget(style);
    column->addStretch();
    connect(theme, &QComboBox::activated, this,
        [](int index) { Theme::choose(static_cast<Theme::Choice>(index)); });
    connect(motion, &QComboBox::activated, this,
        [](int index) { Theme::choose(static_cast<Theme::Motion>(index)); });
    connect(contrast, &QCheckBox::toggled, this,
        [](bool more) { Theme::choose(more ? Theme::Contrast::More : Theme::Contrast::Normal); });
    connect(
        style, &QCheckBox::toggled, this, [](bool wanted) { Theme::chooseSystemStyle(wanted); });
    return page;
}

QWidget* SettingsDialog::createMemory(RecentImages& recent)
{
    auto* page = new QWidget;
    auto* column = columnOf(*page);
    auto* reopen
        = toggle(tr("At the start, &open the last images"), Preferences::reopensLastImages());
    auto* remember = toggle(tr("&Remember recent images"), Preferences::remembersImages());
    column->addWidget(reopen);
    column->addWidget(remember);
    column->addWidget(
        hint(tr("Of each image: its name, the page and view that were shown, and what "
                "the last check said. Never a passphrase, never its data.")));
    auto* clear = new ActionButton(tr("Forget all images"));
    auto* row = new QHBoxLayout;
    row->addWidget(clear);
    row->addStretch();
    column->addLayout(row);
    column->addStretch();
    const auto refresh = [clear, &recent] {
        clear->setEnabled(!recent.entries().empty());
        const QString why = recent.entries().empty() ? tr("The list is empty") : QString();
        clear->setToolTip(why);
        clear->setAccessibleDescription(why);
    };
    connect(reopen, &QCheckBox::toggled, this, &Preferences::setReopensLastImages);
    connect(remember, &QCheckBox::toggled, this, [&recent, refresh](bool wanted) {
        Preferences::setRemembersImages(wanted);
        if (!wanted) {
            recent.clear();
            ImageMemory::forgetAll();
        }
        refresh();
    });
    connect(clear, &QPushButton::clicked, this, [&recent, refresh] {
        recent.clear();
        ImageMemory::forgetAll();
        refresh();
    });
    refresh();
    return page;
}

QWidget* SettingsDialog::createJobs(JobQueue& jobs)
{
    auto* page = new QWidget;
    auto* column = columnOf(*page);
    auto* form = new QFormLayout;
    form->setVerticalSpacing(gap);
    form->setHorizontalSpacing(wideGap);
    auto* atOnce = new QSpinBox;
    atOnce->setRange(1, JobQueue::mostEver);
    atOnce->setValue(jobs.mostAtOnce());
    atOnce->setAccessibleName(tr("Jobs at once"));
    atOnce->findChild<QLineEdit*>()->setAccessibleName(tr("Jobs at once"));
    atOnce->setMinimumHeight(controlHeight);
    form->addRow(tr("Jobs at &once"), atOnce);
    form->labelForField(atOnce)->setMinimumHeight(controlHeight);
    column->addLayout(form);
    column->addWidget(hint(tr("One conversion uses all processors already. More at once help where "
                              "the images lie on different disks.")));
    column->addWidget(hint(
        tr("Conversions that are not finished when Platter ends are offered again at the next "
           "start. Their list holds the names of files and what was chosen, never a passphrase.")));
    column->addStretch();
    connect(atOnce, &QSpinBox::valueChanged, this, [&jobs](int count) {
        Preferences::setJobsAtOnce(count);
        jobs.setMostAtOnce(count);
    });
    return page;
}

QWidget* SettingsDialog::createKeys(const ActionSet& actions)
{
    auto* page = new QWidget;
    auto* column = columnOf(*page);
    std::vector<KeysModel::Row> rows;
    for (const ActionSet::Entry& entry : actions.entries())
        rows.push_back({entry.spec.id, plainText(*entry.action), entry.spec.keys});
    m_keys->setRows(std::move(rows));
    m_keyTable->setModel(m_keys);
    m_keyTable->setAccessibleName(tr("Actions and their keys"));
    m_keyField->setAccessibleName(tr("New key"));
    auto* keyLine = m_keyField->findChild<QLineEdit*>();
    keyLine->setAccessibleName(tr("New key"));
    keyLine->setMinimumHeight(controlHeight);
    auto* resetAll = new ActionButton(tr("All standard keys"));
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(m_keyField, 1);
    row->addWidget(m_keySet);
    row->addWidget(m_keyReset);
    column->addWidget(m_keyTable, 1);
    column->addLayout(row);
    auto* below = new QHBoxLayout;
    below->addWidget(m_keyWords, 1);
    below->addWidget(resetAll, 0, Qt::AlignTop);
    column->addLayout(below);

    connect(m_keyTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &SettingsDialog::showKey);
    connect(m_keyField, &QKeySequenceEdit::keySequenceChanged, this, &SettingsDialog::judgeKey);
    connect(m_keySet, &QPushButton::clicked, this, &SettingsDialog::setKey);
    connect(m_keyReset, &QPushButton::clicked, this, [this] {
        m_keys->resetKey(m_keyTable->currentIndex().row());
        showKey();
        emit keysChanged();
    });
    connect(resetAll, &QPushButton::clicked, this, [this] {
        m_keys->resetAll();
        showKey();
        emit keysChanged();
    });
    m_keyTable->selectRow(0);
    showKey();
    return page;
}

void SettingsDialog::showKey()
{
    const auto keys = m_keys->keysOf(m_keyTable->currentIndex().row());
    m_keyField->setKeySequence(keys.isEmpty() ? QKeySequence() : keys.front());
    judgeKey();
}

void SettingsDialog::judgeKey()
{
    const int row = m_keyTable->currentIndex().row();
    const QKeySequence key = m_keyField->keySequence();
    const auto keys = m_keys->keysOf(row);
    const QString refusal = KeyMap::refusal(key);
    const int owner = key.isEmpty() ? -1 : m_keys->ownerOf(key, row);
    QString words = refusal;
    if (words.isEmpty() && owner >= 0)
        words = tr("“%1” has this key. Using it here takes it from there.")
                    .arg(m_keys->rows()[static_cast<std::size_t>(owner)].text);
    if (words.isEmpty() && key.isEmpty())
        words = tr("Without a key, it is reached by menu and palette.");
    m_keyWords->setToken(refusal.isEmpty() && owner < 0 ? Token::TextSecond : Token::WarningText);
    m_keyWords->setText(words);
    const bool same = keys.isEmpty() ? key.isEmpty() : keys.contains(key);
    m_keySet->setEnabled(refusal.isEmpty() && !same);
    m_keySet->setToolTip(same ? tr("It has this key already") : refusal);
    m_keySet->setAccessibleDescription(m_keySet->toolTip());
    m_keyReset->setEnabled(m_keys->isChanged(row));
    m_keyReset->setToolTip(m_keys->isChanged(row) ? QString() : tr("It has its standard key"));
    m_keyReset->setAccessibleDescription(m_keyReset->toolTip());
}

void SettingsDialog::setKey()
{
    m_keys->setKey(m_keyTable->currentIndex().row(), m_keyField->keySequence());
    judgeKey();
    emit keysChanged();
}

} // namespace platter::app
