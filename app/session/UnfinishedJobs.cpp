// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/UnfinishedJobs.h"

#include <QDir>
#include <QFile>
#include <QFuture>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>
#include <QUuid>
#include <QtConcurrent>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace platter::app {

namespace {

    const QString jobsKey = QStringLiteral("jobs");

    /// A file that at most one program holds; the system lets it go when that program ends, however
    /// it ends.
    class HeldFile {
    public:
        explicit HeldFile(const QString& path)
            : m_descriptor(
                ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600))
        {
            if (m_descriptor >= 0 && ::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
                ::close(m_descriptor);
                m_descriptor = -1;
            }
        }
        ~HeldFile()
        {
            if (m_descriptor >= 0)
                ::close(m_descriptor);
        }
        HeldFile(const HeldFile&) = delete;
        HeldFile& operator=(const HeldFile&) = delete;

        bool isHeld() const { return m_descriptor >= 0; }

    private:
        int m_descriptor;
    };

    QList<QJsonObject> recordsIn(const QString& path)
    {
        QFile file(path);
        constexpr qint64 longest = 64 << 20; // of a list that this program has written
        if (!file.open(QIODevice::ReadOnly) || file.size() > longest)
            return {};
        QList<QJsonObject> records;
        const QJsonArray jobs = QJsonDocument::fromJson(file.readAll()).object()[jobsKey].toArray();
        for (const QJsonValue& job : jobs) {
            if (job.isObject())
                records << job.toObject();
        }
        return records;
    }

} // namespace

/// The files of this program; for one thread.
class UnfinishedJobs::Place {
public:
    explicit Place(QString folder)
        : m_folder(std::move(folder))
        , m_name(QUuid::createUuid().toString(QUuid::WithoutBraces))
    {
    }

    void write(const QList<QJsonObject>& records)
    {
        const QString path = pathOf(m_name, "json");
        if (records.isEmpty()) {
            if (m_lock) {
                QFile::remove(path);
                QFile::remove(pathOf(m_name, "lock"));
                m_lock.reset();
            }
            return;
        }
        if (!m_lock) {
            QDir().mkpath(m_folder);
            // Held first: a list without a holder is what others take over.
            m_lock = std::make_unique<HeldFile>(pathOf(m_name, "lock"));
        }
        QJsonArray jobs;
        for (const QJsonObject& record : records)
            jobs << record;
        QSaveFile file(path);
        // Without a place to keep it, the jobs run all the same.
        if (!file.open(QIODevice::WriteOnly))
            return;
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(QJsonDocument(QJsonObject{{jobsKey, jobs}}).toJson());
        file.commit();
    }

    QList<QJsonObject> takeOver()
    {
        QList<QJsonObject> taken;
        QStringList names;
        std::vector<std::unique_ptr<HeldFile>> locks;
        const QStringList files
            = QDir(m_folder).entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Time);
        for (const QString& file : files) {
            const QString name = file.chopped(5);
            auto lock = std::make_unique<HeldFile>(pathOf(name, "lock"));
            if (name == m_name || !lock->isHeld())
                continue;
            taken += recordsIn(pathOf(name, "json"));
            names << name;
            locks.push_back(std::move(lock));
        }
        // Its own first, so that nothing is lost in between.
        if (!taken.isEmpty())
            write(taken);
        for (const QString& name : std::as_const(names)) {
            QFile::remove(pathOf(name, "json"));
            QFile::remove(pathOf(name, "lock"));
        }
        return taken;
    }

private:
    QString pathOf(const QString& name, const char* suffix) const
    {
        return m_folder + QLatin1Char('/') + name + QLatin1Char('.') + QLatin1String(suffix);
    }

    QString m_folder;
    QString m_name;
    std::unique_ptr<HeldFile> m_lock;
};

UnfinishedJobs::UnfinishedJobs(QString folder)
    : m_place(std::make_shared<Place>(std::move(folder)))
{
    m_pool.setMaxThreadCount(1);
}

UnfinishedJobs::~UnfinishedJobs()
{
    flush();
}

QString UnfinishedJobs::standardFolder()
{
    const QString base = qEnvironmentVariable("XDG_STATE_HOME");
    // Source: XDG Base Directory Specification; a relative path is to be ignored.
    return QDir::isAbsolutePath(base) ? base + QStringLiteral("/platter")
                                      : QDir::homePath() + QStringLiteral("/.local/state/platter");
}

void UnfinishedJobs::takeOver(QObject& context, std::function<void(QList<QJsonObject>)> then)
{
    QtConcurrent::run(&m_pool, [place = m_place] {
        return place->takeOver();
    }).then(&context, std::move(then));
}

void UnfinishedJobs::keep(const QList<QJsonObject>& records)
{
    m_pool.start([place = m_place, records] { place->write(records); });
}

void UnfinishedJobs::flush()
{
    m_pool.waitForDone();
}

} // namespace platter::app
