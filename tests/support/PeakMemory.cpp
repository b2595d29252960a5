// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/PeakMemory.h"

#include <QProcess>

#include <stdexcept>

namespace platter::tests {

MeasuredRun runMeasured(const QString& program, const QStringList& arguments, unsigned seconds)
{
    QProcess process;
    process.start(QStringLiteral(PLATTER_RUN_MEASURED),
        QStringList{QString::number(seconds), program} + arguments);
    const bool ended = process.waitForFinished(static_cast<int>(seconds + 10) * 1000);
    const QList<QByteArray> words = process.readAllStandardOutput().simplified().split(' ');
    if (!ended || process.exitCode() != 0 || words.size() != 2)
        throw std::runtime_error("cannot measure " + program.toStdString());
    MeasuredRun result;
    result.exitCode = words[0].toInt();
    result.peakMemory = Bytes{words[1].toULongLong()} * 1024;
    return result;
}

} // namespace platter::tests
