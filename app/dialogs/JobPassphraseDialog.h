// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/QueuedJob.h"

#include <QDialog>

class QLineEdit;

namespace platter::app {

/// Asks for the passphrase that a job needs for its image. Whether it is right, the job finds out.
/// Keeps nothing: the field is cleared when the dialog goes.
class JobPassphraseDialog final : public QDialog {
    Q_OBJECT

public:
    explicit JobPassphraseDialog(const QueuedJob& job, QWidget* parent = nullptr);
    ~JobPassphraseDialog() override;

    QByteArray passphrase() const;

private:
    QLineEdit* m_field;
};

} // namespace platter::app
