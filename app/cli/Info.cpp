// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Commands.h"
#include "app/cli/Findings.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/SnapshotList.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/report/Facts.h"

#include <algorithm>

namespace platter::cli {

namespace {

    /// Prints a tree one fact a line, as qemu-img prints "Format specific information".
    class TreePrinter {
    public:
        explicit TreePrinter(StandardOutput& out)
            : m_out(out)
        {
        }
        void print(const PropertyObject& object, std::size_t level)
        {
            for (const Property& property : object) {
                std::string label = property.key;
                std::replace(label.begin(), label.end(), '-', ' ');
                printOne(label, property.value, level);
            }
        }

    private:
        void printOne(const std::string& label, const PropertyValue& value, std::size_t level)
        {
            m_out << std::string(level * 4, ' ') << label << ":";
            if (const auto* object = std::get_if<PropertyObject>(&value.value)) {
                m_out << "\n";
                print(*object, level + 1);
            } else if (const auto* list = std::get_if<PropertyList>(&value.value)) {
                m_out << "\n";
                for (std::size_t i = 0; i < list->size(); ++i)
                    printOne("[" + std::to_string(i) + "]", (*list)[i], level + 1);
            } else if (const auto* text = std::get_if<std::string>(&value.value)) {
                m_out << " " << escapedText(*text) << "\n";
            } else if (const auto* flag = std::get_if<bool>(&value.value)) {
                m_out << (*flag ? " true\n" : " false\n");
            } else {
                m_out << " " << std::get<std::uint64_t>(value.value) << "\n";
            }
        }
        StandardOutput& m_out;
    };

    void printImage(StandardOutput& out, const OpenedImage& opened)
    {
        const Image& image = *opened.image;
        out << "image: " << escapedText(opened.path.string()) << "\n"
            << "file format: " << image.formatId() << "\n"
            << "virtual size: " << sizeText(image.virtualSize()) << " ("
            << image.virtualSize().value << " bytes)\n"
            << "disk size: " << sizeText(image.file().allocatedBytes()) << "\n";
        if (image.encryption())
            out << "encrypted: yes\n";
        if (const auto cluster = image.clusterSize())
            out << "cluster_size: " << cluster->value << "\n";
        if (image.isDirty())
            out << "cleanly shut down: no\n";
        const auto backing = image.backingFile();
        if (backing && backing->role == NamedFile::Role::VdiParent) {
            out << "parent UUID: " << escapedText(backing->name) << "\n";
        } else if (backing) {
            const std::string full = fullBackingName(opened, *backing);
            out << "backing file: " << escapedText(backing->name);
            if (full != backing->name)
                out << " (actual path: " << escapedText(full) << ")";
            out << "\n";
            if (backing->format)
                out << "backing file format: " << escapedText(*backing->format) << "\n";
        }
        if (!image.snapshots().empty())
            printSnapshots(out, image);
        if (const PropertyObject data = image.formatProperties(); !data.empty()) {
            out << "Format specific information:\n";
            TreePrinter{out}.print(data, 1);
        }
        if (opened.use.mayBeWritten) {
            const std::string holders = holdersText(opened.use);
            out << "in use: yes" << (holders.empty() ? "" : ", by " + holders) << "\n";
        }
        if (const QuickLook look = image.quickLook(); !look.findings.empty()) {
            out << "Findings:\n";
            printFindings(out, look.findings, "    ");
        }
    }

} // namespace

int info(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands.front();
    const OpenOptions options = openOptions(invocation, Content::StructureOnly);
    const JobControl job{session.stop, {}};
    const bool wholeChain = invocation.has("--backing-chain");
    BackingChain chain;
    if (wholeChain)
        chain = openChain(file, options, openPolicy(invocation, file), job);
    else
        chain.layers.push_back(openImage(file, options, job));

    if (invocation.global.output == GlobalOptions::Output::Json) {
        PropertyList images;
        for (const OpenedImage& opened : chain.layers)
            append(images, imageFacts(opened));
        std::string text;
        appendJson(text, wholeChain ? PropertyValue{std::move(images)} : images.front());
        session.out << text << "\n";
    } else {
        for (const OpenedImage& opened : chain.layers) {
            if (&opened != &chain.layers.front())
                session.out << "\n";
            printImage(session.out, opened);
        }
    }
    return 0;
}

} // namespace platter::cli
